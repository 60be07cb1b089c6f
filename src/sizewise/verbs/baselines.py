"""Which runs a run is compared with: ``--baseline RUN`` and ``--baseline latest:FOLDER``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from sizewise.errors import RecordsError
from sizewise.records import Run, RunState, layout, load_run

_LATEST = "latest:"


def load_baselines(written: Iterable[str], run: Run) -> tuple[Run, ...]:
    """The runs that are named, each once.

    ``latest:FOLDER`` is the newest complete run of the same suite at or below the folder, other
    than ``run`` itself, down to the depth at which ``sizewise run`` keeps them. Raises
    RecordsError where there is none.
    """
    baselines: dict[Path, Run] = {}
    for text in written:
        folder = text.removeprefix(_LATEST)
        path = latest_but(Path(folder), run) if text.startswith(_LATEST) else Path(folder)
        loaded = load_run(path)
        baselines[loaded.path.resolve()] = loaded
    return tuple(baselines.values())


def latest_but(folder: Path, run: Run) -> Path:
    """The folder of the newest complete run of the suite of ``run``, but not of ``run``."""
    found = [
        (str(header["started"]), path)
        for path, header in _headers(folder)
        if header.get("state") == RunState.COMPLETE.value
        and header.get("suite") == run.suite
        and path.resolve() != run.path.resolve()
        # A copy of the run, as in a merged history, is the run.
        and header.get("run_id") != run.run_id
    ]
    if not found:
        raise RecordsError(
            f"there is no other complete run of {run.suite!r} here",
            where=folder,
            advice="name a run with --baseline RUN, or run the suite on the base first",
        )
    return max(found)[1]


def _headers(folder: Path) -> Iterator[tuple[Path, dict[str, object]]]:
    """Headers of the runs at ``folder`` and up to two levels below; rows are not read."""
    for pattern in (layout.HEADER, f"*/{layout.HEADER}", f"*/*/{layout.HEADER}"):
        for path in sorted(folder.glob(pattern)):
            try:
                header = json.loads(path.read_bytes())
            except (OSError, ValueError) as error:
                raise RecordsError(
                    f"is corrupt: {error}", where=path, advice="restore the file, or remove the run"
                ) from error
            if isinstance(header, dict) and "started" in header:
                yield path.parent, header
