"""What is known of a model before it is converted."""

from __future__ import annotations

from dataclasses import dataclass

from sizewise.domain.artifact import Signature
from sizewise.domain.encoding import Target


@dataclass(frozen=True, slots=True)
class WeightFacts:
    """A constant of the frozen graph, by the name of its node."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    size_bytes: int


@dataclass(frozen=True, slots=True)
class OpFacts:
    """An op of the frozen graph, and the nodes that use it."""

    op: str
    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TargetFacts:
    """Whether a model can be converted to a target, by doing it, and run in its runtime.

    ``reason`` is None where it can; ``lacking`` are the ops that the target or all of its
    runtimes lack, where that is the reason.
    """

    target: Target
    reason: str | None = None
    lacking: tuple[OpFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class SignatureFacts:
    """One signature, with what its frozen graph holds: ``weights`` from the largest to the
    smallest, ``ops`` from the most to the least frequent. A ``.tflite`` file has no graph.
    """

    signature: Signature
    weights: tuple[WeightFacts, ...]
    ops: tuple[OpFacts, ...]
    targets: tuple[TargetFacts, ...]
    notes: tuple[str, ...] = ()

    @property
    def weight_bytes(self) -> int:
        """Bytes of all constants."""
        return sum(weight.size_bytes for weight in self.weights)


@dataclass(frozen=True, slots=True)
class Inspection:
    """A source and its signatures."""

    source: str
    signatures: tuple[SignatureFacts, ...]
