"""A model tried out before it is converted: inputs that it takes, and what it makes of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from sizewise.domain import Array, OpenModel, Samples
from sizewise.errors import SizewiseError, SourceError
from sizewise.run.probes import Probe, made_up
from sizewise.run.verify import PROBES

Call: TypeAlias = Callable[[OpenModel, Mapping[str, Array]], Mapping[str, Array]]
"""One call of a model in TensorFlow."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Inputs, and what the model makes of them; ``reason`` where it makes nothing of any."""

    probe: Probe
    expected: Mapping[str, Array]
    reason: str | None = None


def try_out(model: OpenModel, calibrate: Samples | None, call: Call) -> Trial:
    """Run ``model`` on the first of the samples, or on inputs that are made up.

    Raises SourceError where it cannot be run on the samples.
    """
    if calibrate is not None:
        probe = Probe(_first(calibrate, model), "samples to calibrate with")
        return _tried(probe, model, call)
    last: Trial | None = None
    for probe in made_up(model.signature):
        try:
            last = _tried(probe, model, call)
        except SourceError as error:
            last = last or Trial(probe, {}, error.message)
            continue
        if last.reason is None:
            return last
    assert last is not None, "there is always something to try"
    return last


def _first(samples: Samples, model: OpenModel) -> Mapping[str, Array]:
    """As many samples as the model takes at once, or the first few."""
    import numpy as np

    sizes = [spec.shape[0] for spec in model.signature.inputs if spec.shape]
    rows = next((size for size in sizes if size is not None), min(PROBES, len(samples)))
    index = np.minimum(np.arange(rows), len(samples) - 1)
    return {name: array[index] for name, array in samples.inputs.items()}


def _tried(probe: Probe, model: OpenModel, call: Call) -> Trial:
    """Raises SourceError where the model cannot be run on ``probe``."""
    import numpy as np

    try:
        expected, again = (call(model, probe.inputs) for _ in range(2))
    except SizewiseError:
        raise
    except Exception as error:
        first = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise SourceError(
            f"the model itself does not run on {probe.words} ({first[:200]})",
            advice="give samples that it takes, to calibrate with",
        ) from error
    if any(
        not np.array_equal(expected[name], again[name], equal_nan=is_real(expected[name]))
        for name in expected
    ):
        return Trial(probe, expected, "the model gives other outputs each time it is run")
    if not any(_finite(values) for values in expected.values()):
        return Trial(probe, expected, f"the model gives no finite number on {probe.words}")
    return Trial(probe, expected)


def is_real(values: Array) -> bool:
    """Whether an array can hold NaN and infinity."""
    return values.dtype.kind in "fc"


def _finite(values: Array) -> bool:
    import numpy as np

    return not is_real(values) or bool(np.isfinite(values).any())
