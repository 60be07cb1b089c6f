"""The one composer: from a suite to records on disk, in worker processes."""

from sizewise.run.listener import Listener, Silent
from sizewise.run.options import RunOptions, TimingMode
from sizewise.run.suite import DEFAULT_OUTPUT, RunOutcome, run_suite

__all__ = [
    "DEFAULT_OUTPUT",
    "Listener",
    "RunOptions",
    "RunOutcome",
    "Silent",
    "TimingMode",
    "run_suite",
]
