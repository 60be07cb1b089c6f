"""One mix that was tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sizewise.tune.budget import Figures


class Phase(StrEnum):
    """What a trial is for, and on which samples it was judged."""

    REFERENCE = "reference"
    """The baseline and the other encodings of the upstream converter, on the test samples."""
    SEARCH = "search"
    """A mix on the samples for the search, in TensorFlow."""
    VERIFY = "verify"
    """A mix on the test samples, in the runtime that its users have."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A mix, what it weighs, and how it did.

    ``encodings`` gives the storage of each weight by name, or of all under ``*``. ``weight_brotli``
    counts the weight files alone, ``brotli`` all files, each compressed on its own; ``raw`` is
    their size as stored. ``good`` says whether it keeps the budget: by the estimates in a search,
    by the evidence that was asked for elsewhere. ``runtime`` is what ran it.
    """

    number: int
    phase: Phase
    encodings: Mapping[str, str]
    raw: int
    brotli: int
    weight_brotli: int
    figures: Figures
    good: bool
    runtime: str
    seconds: float
