"""Bytes, seconds, memory, environment; and the weights that an artifact really holds.

Importing this room loads neither TensorFlow nor a compressor: each is loaded where it is used.
"""

from sizewise.measure.audit import audit, pattern_of
from sizewise.measure.environment import describe_environment, fingerprint
from sizewise.measure.memory import PeakMemory
from sizewise.measure.sizes import Sizes, measure_sizes
from sizewise.measure.tensors import WeightReport
from sizewise.measure.timing import Stopwatch, Timing, timed
from sizewise.measure.weights import read_weights

__all__ = [
    "PeakMemory",
    "Sizes",
    "Stopwatch",
    "Timing",
    "WeightReport",
    "audit",
    "describe_environment",
    "fingerprint",
    "measure_sizes",
    "pattern_of",
    "read_weights",
    "timed",
]
