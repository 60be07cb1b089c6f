"""What a worker process keeps in the store, and takes from it instead of making it again.

A result is worth more than its place in the store: where that cannot be read or written, the
log says so and the work goes on.
"""

from __future__ import annotations

import io
import logging
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sizewise.domain import Array, Graph, Record
from sizewise.errors import StoreError
from sizewise.measure import Timing
from sizewise.records import layout, to_row
from sizewise.store import Store

_LOGGER = logging.getLogger(__name__)
_ARRAYS = "arrays.npz"

ARTIFACT = "artifact/"
"""What the names of an artifact's files begin with, in the entry of its job."""

TENSORS = "tensors.json"


@dataclass(frozen=True, slots=True)
class Keys:
    """Under which keys the results of a group are kept: those of its jobs by their ids.

    None, or no key at all, for what is not kept because its content cannot be known.
    """

    reference: str | None = None
    trained: str | None = None
    jobs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trained:
    """The graph of a fine-tuned model, and what it took."""

    graph: Graph
    training: Timing
    freezing: Timing
    notes: tuple[str, ...]


Made = tuple[Graph, Timing, Timing, tuple[str, ...]]
"""A graph just trained: with the time of training, that of freezing, and notes."""


class Kept:
    """The store as a group sees it. With ``fresh``, nothing is taken from it."""

    def __init__(
        self, store: Store | None = None, keys: Keys | None = None, *, fresh: bool = False
    ) -> None:
        self._store = store
        self._keys = keys or Keys()
        self._fresh = fresh

    def reference(self, make: Callable[[], Mapping[str, Array]]) -> Mapping[str, Array]:
        """The reference outputs of the group's model."""
        key = self._keys.reference
        if (found := self._files(key)) is not None:
            with _unusable(key):
                return _arrays_of(found[1][_ARRAYS])
        outputs = make()
        # Texts would have to be pickled.
        if all(array.dtype != object for array in outputs.values()):
            self._put(key, {}, {_ARRAYS: _bytes_of(outputs)})
        return outputs

    def trained(
        self,
        make: Callable[[], Made],
        unpack: Callable[[Mapping[str, bytes]], Graph],
        pack: Callable[[Graph], Mapping[str, bytes]],
    ) -> Trained:
        """The group's fine-tuned model: every encoding of it costs one training."""
        key = self._keys.trained
        if (found := self._files(key)) is not None:
            value, files = found
            with _unusable(key):
                return Trained(
                    unpack(files),
                    Timing(*value["training_seconds"]),
                    Timing(*value["freeze_seconds"]),
                    tuple(value["notes"]),
                )
        graph, training, freezing, notes = make()
        value = {
            "training_seconds": [training.wall_seconds, training.cpu_seconds],
            "freeze_seconds": [freezing.wall_seconds, freezing.cpu_seconds],
            "notes": list(notes),
        }
        with _unusable(key):
            self._put(key, value, pack(graph))
        return Trained(graph, training, freezing, notes)

    def job(self, record: Record, environment: Mapping[str, str | int], run: Path) -> str | None:
        """Keep a job's row, its artifact and the list of its constants, from the run's folder.

        Gives the key, or None where it is not kept.
        """
        files: dict[str, bytes | Path] = {}
        if record.artifact_path is not None and record.artifact_sha256 is not None:
            folder = run / record.artifact_path
            files = {f"{ARTIFACT}{name}": folder / name for name in record.files}
            files[TENSORS] = run / layout.tensors_of(record.artifact_sha256)
        value = {"row": to_row(record), "environment": dict(environment)}
        key = self._keys.jobs.get(record.job_id)
        return key if self._put(key, value, files) else None

    def _files(self, key: str | None) -> tuple[Mapping[str, Any], dict[str, bytes]] | None:
        if self._store is None or key is None or self._fresh:
            return None
        try:
            with self._store.opened(key) as entry:
                if entry is None:
                    return None
                return entry.value, {name: entry.read(name) for name in entry.names}
        except StoreError as error:
            _LOGGER.warning("the store is not used: %s", error)
            return None

    def _put(
        self, key: str | None, value: Mapping[str, Any], files: Mapping[str, bytes | Path]
    ) -> bool:
        if self._store is None or key is None:
            return False
        try:
            self._store.put(key, value, files)
        except StoreError as error:
            _LOGGER.warning("a result is not kept: %s", error)
            return False
        return True


@contextmanager
def _unusable(key: str | None) -> Iterator[None]:
    """What another version has kept under this key is made again."""
    try:
        yield
    except (KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        _LOGGER.warning("what is kept as %s is of no use: %s", key, error)


def _bytes_of(arrays: Mapping[str, Array]) -> bytes:
    import numpy as np

    sink = io.BytesIO()
    # Names of outputs may be no names of Python's arguments, and are kept beside the arrays.
    names = np.array(list(arrays), dtype=np.str_)
    np.savez(sink, names, *arrays.values())
    return sink.getvalue()


def _arrays_of(content: bytes) -> dict[str, Array]:
    import numpy as np

    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        names = [str(name) for name in stored["arr_0"]]
        return {name: stored[f"arr_{place}"] for place, name in enumerate(names, start=1)}
