"""The grammar of transforms' names, the same in a suite and in a job id.

::

    transform = "none" | step
    step      = "prune" percent            prune80 is magnitude pruning to a sparsity of 0.8
    percent   = digits ["." digits]        above 0, below 100, without needless zeros

A step can be spelt out as a mapping instead, ``{prune: {sparsity: 0.8}}``; it is valid if its
name decodes back to the same step, which takes six digits at most.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TypeAlias

from sizewise.domain import Prune, Transform
from sizewise.errors import did_you_mean

Step: TypeAlias = Prune
"""What a transform is made of."""

_STEP = re.compile(r"(?P<kind>[a-z]+)(?P<rest>[0-9].*)", re.ASCII)
_PERCENT = re.compile(r"[0-9]+(?:\.[0-9]+)?", re.ASCII)


def _prune(percent: str) -> Prune:
    """``80`` of ``prune80``; dividing as decimals gives the same number as writing 0.8."""
    if not _PERCENT.fullmatch(percent) or not 0 < Decimal(percent) < 100:
        raise ValueError("the sparsity is a percentage above 0 and below 100")
    return Prune(float(Decimal(percent) / 100))


_KINDS: Mapping[str, Callable[[str], Step]] = {"prune": _prune}
TRANSFORM_PATTERN = f"none|({'|'.join(_KINDS)})[0-9][0-9.]*"
"""What a name looks like, as a regular expression; ``decode_transform`` has the last word."""

_EXAMPLES = ("none", "prune50", "prune80")


def decode_transform(name: str) -> Transform:
    """The transform that ``name`` stands for. Raises ValueError(message, advice) for no name."""
    if name == "none":
        return Transform()
    match = _STEP.fullmatch(name)
    if match is None or match["kind"] not in _KINDS:
        raise ValueError(f"unknown transform {name!r}", _nearest(name))
    try:
        step = _KINDS[match["kind"]](match["rest"])
    except ValueError as error:
        raise ValueError(f"unknown transform {name!r}: {error}", "such as prune80") from error
    if step.name != name:
        raise ValueError(f"unknown transform {name!r}", f"write {step.name}")
    return Transform((step,))


def has_exact_name(step: Step) -> bool:
    """Whether the step's name decodes to the same step."""
    try:
        return decode_transform(step.name) == Transform((step,))
    except ValueError:
        return False


def _nearest(name: str) -> str:
    digits = name.lstrip("abcdefghijklmnopqrstuvwxyz_- ")
    return did_you_mean(name, [*_EXAMPLES, *(f"{kind}{digits or 80}" for kind in _KINDS)])
