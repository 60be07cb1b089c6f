"""HDF5 files looked through before Keras reads them: they can lead to other files, and lie of
their size.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sizewise.errors import SourceError
from sizewise.models.archives import MAX_BYTES
from sizewise.units import format_bytes

_SAVE_AGAIN = "save the model again, with model.save(...), where it was made"


def require_contained(file: Any, name: str) -> None:
    """Raise SourceError where an open HDF5 file, called ``name``, does not hold all its values
    itself: links to other files, datasets kept or assembled elsewhere, more than ``MAX_BYTES``.
    """
    import h5py

    total = 0
    for place, link in _links(file):
        if isinstance(link, h5py.ExternalLink):
            raise SourceError(
                f"{name} leads to another file: {place!r} is {link.filename!r}", advice=_SAVE_AGAIN
            )
        if isinstance(link, h5py.Dataset):
            if link.external or link.is_virtual:
                raise SourceError(
                    f"{name} leads to another file: the values of {place!r} are not in it",
                    advice=_SAVE_AGAIN,
                )
            total += link.nbytes
            if total > MAX_BYTES:
                raise SourceError(
                    f"{name} says that it holds more than {format_bytes(MAX_BYTES)} of values",
                    advice=_SAVE_AGAIN,
                )


def _links(file: Any) -> Iterator[tuple[str, Any]]:
    """Everything in the file by its path: datasets, and links that lead out of it. A group that
    can be reached in several ways is looked into once.
    """
    import h5py

    seen, waiting = set(), [("", file)]
    while waiting:
        prefix, group = waiting.pop()
        address = h5py.h5o.get_info(group.id).addr
        if address in seen:
            continue
        seen.add(address)
        for name in group:
            place = f"{prefix}/{name}"
            link = group.get(name, getlink=True)
            if isinstance(link, h5py.ExternalLink):
                yield place, link
            elif isinstance(link, h5py.HardLink):
                inner = group[name]
                if isinstance(inner, h5py.Group):
                    waiting.append((place, inner))
                elif isinstance(inner, h5py.Dataset):
                    yield place, inner
