"""Where the bytes of an artifact are: its weights, the graph around them, and the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sizewise.analysis.summary import RowView
from sizewise.domain import TFJS_MODEL_FILE, Record


class Part(StrEnum):
    """A part of an artifact, as stored."""

    WEIGHTS = "weights"
    """All constants, whatever they are for."""
    TOPOLOGY = "topology"
    """``model.json`` of TensorFlow.js: the graph, and the list of the weights."""
    OVERHEAD = "overhead"
    """The rest: the graph of a ``.tflite`` with its scales and padding."""


@dataclass(frozen=True, slots=True)
class Share:
    """How many bytes of an artifact are in one of its parts."""

    part: Part
    size_bytes: int


def where_bytes(record: Record) -> tuple[Share, ...]:
    """The parts of a row's artifact, which add up to ``size_raw_bytes``; empty if not measured.

    Parts without any bytes are left out. A constant that TensorFlow.js keeps in ``model.json``
    counts as topology, so that no byte is counted twice.
    """
    size, weights = record.size_raw_bytes, record.weight_bytes
    if size is None or weights is None:
        return ()
    sizes = dict(zip(record.files, record.file_sizes_bytes, strict=False))
    topology = sizes.get(TFJS_MODEL_FILE, 0)
    weights = min(weights, size - topology)
    found = {
        Part.WEIGHTS: weights,
        Part.TOPOLOGY: topology,
        Part.OVERHEAD: size - weights - topology,
    }
    return tuple(Share(part, count) for part, count in found.items() if count)


def representatives(rows: Sequence[RowView], most: int) -> tuple[RowView, ...]:
    """At most ``most`` of the measured rows, from the smallest brotli size to the largest.

    Where there are more, those to ship come first, then the smallest of each encoding of a
    target, for these differ most in where their bytes are, and then the smallest of all.
    """
    measured = [row for row in rows if row.ok and where_bytes(row.record)]
    measured.sort(key=_size)
    seen: set[tuple[str, str]] = set()
    ranks = {}
    for row in measured:
        kind = (row.record.target, row.record.encoding)
        ranks[id(row)] = 0 if row.smallest_of_target else 1 if kind not in seen else 2
        seen.add(kind)
    kept = sorted(measured, key=lambda row: ranks[id(row)])[:most]
    return tuple(sorted(kept, key=_size))


def _size(row: RowView) -> int:
    return row.record.size_brotli_bytes or row.record.size_raw_bytes or 0
