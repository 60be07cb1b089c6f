"""Whether a converter kept what the model computes, before any of its figures is believed.

The float32 artifact of a prepared target runs in its real runtime on a few samples and is held
against the frozen graph in TensorFlow. Storing weights in fewer bits changes outputs by as
much as it must; in float32 nothing but rounding may. Encodings of one target share the graph and
differ in the stored weights alone, so one check serves them all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from sizewise.domain import Array, Artifact, Encoding, Execution, Samples, Target
from sizewise.errors import WrongArtifactError
from sizewise.scratch import scratch_folder

PROBES = 8
"""How many samples are run; a wrong graph shows on the first."""

TOLERANCE = 1e-3
"""Largest difference, as a share of the largest absolute value of an output."""


def probe(samples: Samples) -> Samples:
    """The first few samples."""
    return Samples({name: array[:PROBES] for name, array in samples.inputs.items()})


def verify(
    write: Callable[[Encoding, Path], Artifact],
    execute: Callable[[Artifact], Execution],
    expected: Mapping[str, Array],
) -> None:
    """Raise WrongArtifactError where the float32 artifact's outputs are not ``expected``."""
    with scratch_folder() as scratch:
        artifact = write(Encoding("float32"), scratch / "float32")
        require_equal(artifact.target, execute(artifact).outputs, expected)


def require_equal(
    target: Target, outputs: Mapping[str, Array], expected: Mapping[str, Array]
) -> float:
    """The largest difference of a float32 artifact's ``outputs`` from ``expected``, as a share
    of the largest absolute value of the output it is in.

    Raises WrongArtifactError where it is beyond ``TOLERANCE``.
    """
    return max(
        (_difference(name, wanted, outputs.get(name), target) for name, wanted in expected.items()),
        default=0.0,
    )


def _difference(name: str, wanted: Array, found: Array | None, target: Target) -> float:
    import numpy as np

    if found is None or found.shape != wanted.shape:
        shape = "missing" if found is None else f"of shape {list(found.shape)}"
        raise WrongArtifactError(
            f"the {target} artifact's output {name!r} is {shape}, the model's is of shape "
            f"{list(wanted.shape)}"
        )
    if wanted.dtype.kind not in "fiub":
        if not np.array_equal(found.astype(wanted.dtype), wanted):
            raise WrongArtifactError(f"the {target} artifact's output {name!r} is not the model's")
        return 0.0
    exact, got = wanted.astype(np.float64), found.astype(np.float64)
    finite = np.isfinite(exact)
    scale = float(np.abs(exact[finite]).max(initial=0.0))
    worst = float(np.abs(np.where(finite, got - exact, 0.0)).max(initial=0.0))
    # Written so that a NaN where the model gives a number is beyond the tolerance too.
    if not worst <= TOLERANCE * scale + 1e-6:
        raise WrongArtifactError(
            f"the {target} artifact does not compute what the model does: in float32 its "
            f"output {name!r} is off by {worst:.3g}, where the largest value is {scale:.3g}"
        )
    return worst / scale if scale else 0.0
