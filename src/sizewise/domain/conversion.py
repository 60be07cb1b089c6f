"""What came of one conversion."""

from __future__ import annotations

from dataclasses import dataclass

from sizewise.domain.artifact import Artifact


@dataclass(frozen=True, slots=True)
class Check:
    """How an artifact was held against its source.

    ``runtime`` is what ran it on ``inputs``; ``float32_error`` is the largest difference of the
    float32 artifact from what it was made of, the model or the graph that a transform made of
    it, as a share of the output's largest value; ``sqnr_db`` is of this artifact's outputs as
    held against the untouched model, None where there is no noise at all. Where it was not
    checked, ``reason`` says why, and the others are None.
    """

    runtime: str | None = None
    inputs: str | None = None
    float32_error: float | None = None
    sqnr_db: float | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Converted:
    """An artifact where it was asked for, what it was checked with, and what to know besides."""

    artifact: Artifact
    check: Check
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Weighed:
    """A conversion, and the bytes of its files as a server sends them, each on its own."""

    converted: Converted
    gzip_bytes: int
    brotli_bytes: int
    compression: str
