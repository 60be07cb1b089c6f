"""A row in processes of its own, which may crash or hang."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tools.zoo_check.memory import ROOT, Memory
from tools.zoo_check.rows import STEPS, Row

_COLUMNS = {"tfjs": ("WASM", "CPU"), "tflite": ("LiteRT",)}
_LIMIT_SECONDS = 1200
_FOUND = "found.jsonl"
_QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "TFDF_DISABLE_WELCOME_MESSAGE": "1"}


def check_row(row: Row, memory: Memory) -> dict[str, Any]:
    """The cells of ``row``; only what is not known yet is run.

    A step that ends its process is dead, and the others are run in another one. Raises
    RuntimeError where the model cannot even be built.
    """
    pending = [step for step in STEPS if memory.step(row, step) is None]
    built = False
    while pending:
        with tempfile.TemporaryDirectory(prefix="zoo-check-") as scratch:
            ended = _run(row, Path(scratch), pending)
            found = _read(Path(scratch, _FOUND))
            built = built or Path(scratch, "built").exists()
        if not built:
            raise RuntimeError(f"{row.key} cannot be built: {ended}")
        for step, cells in found.items():
            memory.keep(row, step, cells)
        pending = [step for step in pending if step not in found]
        if pending:
            cell = {"verdict": "dead", "difference": None, "reason": ended}
            memory.keep(row, pending[0], dict.fromkeys(_COLUMNS[pending.pop(0).split()[1]], cell))
    cells = memory.cells(row)
    assert cells is not None, "every step was run"
    return cells


def _run(row: Row, scratch: Path, steps: Sequence[str]) -> str:
    """Run ``steps``; how that ended, for a step that did not."""
    command = [sys.executable, "-m", "tools.zoo_check.steps", row.key, str(scratch), *steps]
    log = scratch / "log"
    with log.open("w") as file:
        try:
            code = subprocess.run(
                command,
                cwd=ROOT,
                env={**os.environ, **_QUIET},
                stdout=file,
                stderr=file,
                timeout=_LIMIT_SECONDS,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            return f"no answer within {_LIMIT_SECONDS} s"
    if code:
        sys.stderr.write("\n".join(log.read_text(errors="replace").splitlines()[-15:]) + "\n")
    return f"the process ended with {code}"


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {line["step"]: line["cells"] for line in lines}
