"""Along which axis of a kernel its inputs lie."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeVar

from sizewise.domain.graph import NodeView

_OUTER = frozenset(["Conv2D", "Conv3D", "FusedConv2D", "_FusedConv2D"])
"""Ops whose second input ends with the axes of inputs and outputs."""
_MATRICES = frozenset(["MatMul", "_FusedMatMul", "BatchMatMul", "BatchMatMulV2"])
"""Likewise, but for those that take it transposed."""
_SAME_END = frozenset(["Identity", "Enter", "RefEnter", "Switch", "ExpandDims", "Squeeze", "Cast"])
"""Ops that leave the last two axes of a kernel as they are."""
INPUTS_BEFORE_OUTPUTS: Final = -2
INPUTS_LAST: Final = -1

N = TypeVar("N", bound=NodeView)


def input_axes(nodes: Iterable[N], transposed: Callable[[N], bool]) -> Mapping[str, int]:
    """For constants that are kernels of convolutions or dense layers: the axis of their inputs,
    counted from the end.

    ``transposed`` says whether a matrix product takes its second input transposed. Depthwise
    kernels, whose outputs have one input channel each, embeddings, and kernels that are
    reshaped or transposed on their way are not among them.
    """
    by_name = {node.name: node for node in nodes}
    axes: dict[str, int] = {}
    for node in by_name.values():
        if node.op not in _OUTER | _MATRICES or len(node.input) < 2:
            continue
        is_transposed = node.op in _MATRICES and transposed(node)
        source = by_name.get(_bare(node.input[1]))
        while source is not None and source.op in _SAME_END:
            source = by_name.get(_bare(source.input[0]))
        if source is not None and source.op == "Const":
            axes[source.name] = INPUTS_LAST if is_transposed else INPUTS_BEFORE_OUTPUTS
    return axes


def _bare(tensor: str) -> str:
    return tensor.removeprefix("^").split(":")[0]
