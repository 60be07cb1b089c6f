"""A frozen graph, and which of its constants are weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sizewise.domain.artifact import Signature


@dataclass(frozen=True, slots=True)
class Graph:
    """A frozen graph: a TensorFlow ``GraphDef`` without variables, and its signature.

    A ``GraphDef`` is mutable: whoever changes it works on a copy.
    """

    graph_def: Any
    signature: Signature
    tensorflow_version: str


class NodeView(Protocol):
    """What ``weight_names`` needs of a node; a TensorFlow ``NodeDef`` is one."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def op(self) -> str: ...  # noqa: D102
    @property
    def input(self) -> Sequence[str]: ...  # noqa: D102


WEIGHT_SLOTS: Mapping[str, tuple[int, ...]] = {
    "Conv2D": (1,),
    "Conv3D": (1,),
    "Conv2DBackpropInput": (1,),
    "Conv3DBackpropInputV2": (1,),
    "DepthwiseConv2dNative": (1,),
    "FusedConv2D": (1,),
    "_FusedConv2D": (1,),
    "FusedDepthwiseConv2dNative": (1,),
    "_FusedMatMul": (0, 1),
    "MatMul": (0, 1),
    "BatchMatMul": (0, 1),
    "BatchMatMulV2": (0, 1),
    "Einsum": (0, 1),
    "Gather": (0,),
    "GatherV2": (0,),
    "ResourceGather": (0,),
}
"""The inputs of each op that hold kernels, embeddings or projection matrices."""

_PASS_THROUGH = frozenset(
    [
        "Identity",
        "Enter",
        "RefEnter",
        "Merge",
        "Switch",
        "Reshape",
        "Transpose",
        "ExpandDims",
        "Squeeze",
        "Cast",
    ]
)


def weight_names(nodes: Iterable[NodeView]) -> frozenset[str]:
    """Names of the constants that feed a weight slot, directly or through a change of shape.

    Biases, batch-norm statistics and shapes are not among them. Scalars and vectors that feed
    a slot are: the caller knows the shapes and drops what has a rank below 2.
    """
    by_name = {node.name: node for node in nodes}
    found: set[str] = set()
    seen: set[str] = set()
    pending = [
        node.input[slot]
        for node in by_name.values()
        for slot in WEIGHT_SLOTS.get(node.op, ())
        if slot < len(node.input)
    ]
    while pending:
        name = pending.pop().removeprefix("^").split(":")[0]
        node = by_name.get(name)
        if node is None or name in seen:
            continue
        seen.add(name)
        if node.op == "Const":
            found.add(name)
        elif node.op in _PASS_THROUGH:
            # Merge joins a loop's start and its later rounds; the others carry data first.
            pending.extend(node.input if node.op == "Merge" else node.input[:1])
    return frozenset(found)
