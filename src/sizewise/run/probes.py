"""Inputs to try a model on where nobody gave any: seeded, and plausible for most models."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from sizewise.domain import Array, Signature, TensorSpec

if TYPE_CHECKING:
    import numpy as np

ROWS = 4
"""How many samples go through a model whose batch is not fixed."""

SIZES = (32, 8, 1)
"""What is tried in turn for the other dimensions that a signature leaves open."""

_WORDS = ("red", "green", "blue", "no such word")

Draw: TypeAlias = "Callable[[np.random.Generator, tuple[int, ...]], Array]"
"""How real numbers are drawn."""


@dataclass(frozen=True, slots=True)
class Probe:
    """Inputs of one call by name, and what they are, in a few words."""

    inputs: Mapping[str, Array]
    words: str


def made_up(signature: Signature) -> Iterator[Probe]:
    """Inputs that fit ``signature``, the most plausible first.

    Real numbers are normal, or between 0 and 1 for models that take no others; integers are 0
    and 1, which are valid classes, tokens and indices; bytes use their whole range.
    """
    sizes = SIZES if any(_is_open(spec) for spec in signature.inputs) else SIZES[:1]
    for draw in (_normal, _uniform):
        for size in sizes:
            yield _probe(signature, size, draw)


def _probe(signature: Signature, size: int, draw: Draw) -> Probe:
    import numpy as np

    rng = np.random.default_rng(0)
    inputs = {spec.name: _values(spec, _shape(spec, size), rng, draw) for spec in signature.inputs}
    return Probe(inputs, "seeded random inputs")


def _is_open(spec: TensorSpec) -> bool:
    return spec.shape is None or None in spec.shape[1:]


def _shape(spec: TensorSpec, size: int) -> tuple[int, ...]:
    if spec.shape is None:
        return (ROWS, size)
    filled = (size if index else ROWS for index in range(len(spec.shape)))
    return tuple(
        known if known is not None else open_
        for known, open_ in zip(spec.shape, filled, strict=True)
    )


def _values(
    spec: TensorSpec, shape: tuple[int, ...], rng: np.random.Generator, draw: Draw
) -> Array:
    import numpy as np

    if spec.dtype == "string":
        return rng.choice(np.array(_WORDS, dtype=object), size=shape)
    dtype = np.dtype(spec.dtype)
    if dtype == np.uint8:
        return rng.integers(0, 256, shape, dtype=np.uint8)
    if dtype.kind in "iub":
        return rng.integers(0, 2, shape).astype(dtype)
    return np.asarray(draw(rng, shape)).astype(dtype)


def _normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return rng.normal(size=shape)


def _uniform(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return rng.random(shape)
