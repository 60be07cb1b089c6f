"""Runs with fake stages. As a script this is the command line with such workers:
``python crew.py FAULT... -- run suite.yaml``.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
SUITE = """\
suite: made-up
models:
  net: {source: "zoo:digits-cnn", data: "zoo:digits-cnn", metric: accuracy, max-drop: 10 pp}
transforms: [none, prune50]
targets: [tfjs]
encodings: {tfjs: [float32, uint8]}
"""


def fake_workers(monkeypatch, *faults):
    """Make runs of this process use workers with fake stages, with these faults."""
    command = (sys.executable, str(TESTS / "support" / "stages.py"), *faults)
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    monkeypatch.setattr("sizewise.run.suite.COMMAND", command)


if __name__ == "__main__":
    import pytest

    from sizewise.cli import main

    split = sys.argv.index("--")
    fake_workers(pytest.MonkeyPatch(), *sys.argv[1:split])
    sys.argv[1:] = sys.argv[split + 1 :]
    os.environ["COLUMNS"] = "100"
    main()
