"""What was found, kept in the user's cache folder until the code or a version changes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from tools.zoo_check.rows import STEPS, Row

from sizewise import storage
from sizewise.measure import describe_environment
from sizewise.runtimes import RUNTIMES

ROOT = Path(__file__).resolve().parents[2]
_MODELS = (
    *("tests/support/made.py", "tests/support/sources.py", "tests/support/graphs.py"),
    *(f"tools/zoo_check/{name}.py" for name in ("applications", "others", "rows", "steps")),
)
_OURS = ("src/sizewise/convert/**/*.py", "src/sizewise/models/**/*.py")
_DECISIVE = (
    *("tensorflow", "keras", "tf-keras", "tensorflowjs", "ai-edge-litert", "numpy"),
    *("node", "tfjs", "onednn", "cpu"),
)


class Memory:
    """What each step of each row found, by the versions and the code that decide it."""

    def __init__(self) -> None:
        self._folder = storage.cache_folder() / "zoo-check"

    @cached_property
    def environment(self) -> Mapping[str, Any]:
        """The versions of what converts and runs."""
        runtime = RUNTIMES["node-wasm"]()
        described = describe_environment(runtime.versions())
        return {name: described[name] for name in _DECISIVE}

    def step(self, row: Row, step: str) -> dict[str, Any] | None:
        """The cells of a step, or None where it is to be run."""
        path = self._path(row, step)
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None

    def keep(self, row: Row, step: str, cells: Mapping[str, Any]) -> None:
        """Keep what a step found."""
        storage.write_file(self._path(row, step), json.dumps(cells))

    def cells(self, row: Row) -> dict[str, Any] | None:
        """All cells of a row, by ``<whose> <column>``, or None where some are not known."""
        known = {step: self.step(row, step) for step in STEPS}
        if any(cells is None for cells in known.values()):
            return None
        return {
            f"{step.partition(' ')[0]} {column}": cell
            for step, cells in known.items()
            for column, cell in (cells or {}).items()
        }

    def _path(self, row: Row, step: str) -> Path:
        code = self._models if step.startswith("upstream") else self._models + self._ours
        decisive = json.dumps([row.key, step, dict(self.environment), code], sort_keys=True)
        return self._folder / f"{hashlib.sha256(decisive.encode()).hexdigest()[:32]}.json"

    @cached_property
    def _models(self) -> str:
        return _digest(*_MODELS)

    @cached_property
    def _ours(self) -> str:
        return _digest(*_OURS)


def _digest(*patterns: str) -> str:
    files = sorted(path for pattern in patterns for path in ROOT.glob(pattern))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
