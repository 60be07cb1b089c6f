"""The tuner at work: mixes of encodings measured, made, run and chosen.

What to try next is up to ``sizewise.tune``; here it is carried out with the stages of a run.
"""

from sizewise.run.tuning.bench import Bench, open_bench
from sizewise.run.tuning.sensitivity import measure_sensitivity
from sizewise.run.tuning.task import Task
from sizewise.run.tuning.tuner import tune

__all__ = ["Bench", "Task", "measure_sensitivity", "open_bench", "tune"]
