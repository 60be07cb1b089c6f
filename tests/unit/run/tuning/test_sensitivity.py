"""Which encodings of a kernel are worth a pass over the samples."""

import numpy as np

from sizewise.compress import Alone
from sizewise.domain import RoundedWeight
from sizewise.run.tuning.sensitivity import worthwhile

RANDOM = np.random.default_rng(0)


def alone(used, change):
    """A kernel on ``used`` levels: the more, the less it compresses."""
    return Alone(RoundedWeight(RANDOM.integers(0, used, 4096, np.uint8), 1.0, 0.0), change)


def test_what_is_as_large_and_worse_is_not_run():
    rounded = {
        "uint8-gptq": alone(256, 1e-6),
        "uint8-gptq-l16": alone(16, 1e-3),
        "uint8-gptq-l12": alone(16, 1e-2),
        "uint8-gptq-l3": alone(3, 1e-1),
    }
    assert worthwhile("kernel", rounded) == ("uint8-gptq", "uint8-gptq-l16", "uint8-gptq-l3")


def test_zeros_are_compared_with_zeros():
    rounded = {
        "uint8-gptq-l16": alone(16, 1e-2),
        "uint8-gptq-s50-l16": alone(12, 1e-3),
        "uint8-gptq-s50-l9": alone(12, 1e-2),
        "uint8-gptq-s90-l3": alone(2, 1e-1),
    }
    assert set(worthwhile("kernel", rounded)) == rounded.keys() - {"uint8-gptq-s50-l9"}


def test_what_is_not_known_is_run():
    rounded = {"uint8-l64": alone(64, None), "uint8-l32": alone(64, None)}
    assert worthwhile("kernel", rounded) == ("uint8-l64", "uint8-l32")
    assert worthwhile("kernel", {}) == ()
