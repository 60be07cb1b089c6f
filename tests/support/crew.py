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


def fake_command(*faults):
    """What starts a worker with fake stages and these faults, where PYTHONPATH leads to them."""
    return (sys.executable, str(TESTS / "support" / "stages.py"), *faults)


def fake_workers(monkeypatch, *faults):
    """Make runs of this process use workers with fake stages, with these faults."""
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    monkeypatch.setattr("sizewise.run.suite.COMMAND", fake_command(*faults))


if __name__ == "__main__":
    from sizewise.cli import main
    from sizewise.run import suite

    split = sys.argv.index("--")
    os.environ["PYTHONPATH"] = str(TESTS)
    suite.COMMAND = fake_command(*sys.argv[1:split])
    sys.argv[1:] = sys.argv[split + 1 :]
    os.environ["COLUMNS"] = "100"
    main()
