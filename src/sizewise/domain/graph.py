"""A frozen graph, and which of its constants are weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from sizewise.domain.artifact import Array, Signature


@dataclass(frozen=True, slots=True)
class Table:
    """A lookup table that a graph reads.

    ``tensor`` is the input of the graph that stands for it, ``made`` the output of the
    initializer that makes it, and ``resource`` TensorFlow's object, which holds its entries.
    """

    tensor: str
    made: str
    resource: Any


@dataclass(frozen=True, slots=True)
class Initializer:
    """A graph that makes and fills the tables of another graph, before that one is run."""

    graph_def: Any
    tables: tuple[Table, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """A frozen graph: a TensorFlow ``GraphDef`` without variables, and its signature.

    ``skeleton`` is that ``GraphDef``, but for the values of the constants in ``weights``, by the
    names of their nodes: large ones are kept beside it, once, where each copy of a ``GraphDef``
    would copy them. In their place it has one number throughout. Who needs no values reads the
    skeleton; ``graph_def`` is whole.

    A ``GraphDef`` is mutable: whoever changes it works on a copy. ``custom_ops`` names ops that
    a runtime is going to be taught, and that a converter lets pass. ``keras_model`` is the
    model, of either Keras, that the graph was frozen from, and None where there is none: a graph
    whose weights were changed has none, as the model does not know of the change. ``initializer``
    is None for the many graphs that read no table.
    """

    skeleton: Any
    signature: Signature
    tensorflow_version: str
    custom_ops: frozenset[str] = frozenset()
    keras_model: Any = None
    initializer: Initializer | None = None
    weights: Mapping[str, Array] = field(default_factory=dict)

    @property
    def graph_def(self) -> Any:
        """The ``GraphDef`` with all values in it, made anew where ``weights`` are beside it."""
        return with_values(self.skeleton, self.weights) if self.weights else self.skeleton

    def with_graph_def(self, graph_def: Any) -> Graph:
        """The same signature with other nodes or values, of which no Keras model knows."""
        return replace(self, skeleton=graph_def, weights={}, keras_model=None)


def with_values(graph_def: Any, values: Mapping[str, Array]) -> Any:
    """A copy of a ``GraphDef`` in which the float32 constants named in ``values`` have those."""
    whole = type(graph_def)()
    whole.CopyFrom(graph_def)
    for node in whole.node:
        if node.name in values:
            tensor = node.attr["value"].tensor
            tensor.ClearField("float_val")
            tensor.tensor_content = values[node.name].tobytes()
    return whole


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
        name = _node_name(pending.pop())
        node = by_name.get(name)
        if node is None or name in seen:
            continue
        seen.add(name)
        if node.op == "Const":
            found.add(name)
        elif node.op in _PASS_THROUGH:
            pending.extend(_carried(node, by_name))
    return frozenset(found)


def _carried(node: NodeView, by_name: Mapping[str, NodeView]) -> Sequence[str]:
    """The inputs of a pass-through node whose values it hands on unchanged.

    The ``Merge`` of a loop joins a start value and what a round computed. Only where the round
    hands the value on as it came is the start a weight; else it is the loop's initial state.
    """
    if node.op != "Merge":
        return node.input[:1]
    rounds = [name for name in map(_node_name, node.input) if _op(name, by_name) == "NextIteration"]
    if all(_comes_from(name, node.name, by_name) for name in rounds):
        return [name for name in node.input if _node_name(name) not in rounds]
    return []


def _comes_from(name: str, origin: str, by_name: Mapping[str, NodeView]) -> bool:
    """Whether ``name`` is ``origin``'s value, only passed along."""
    passed: set[str] = set()
    while name != origin:
        if _op(name, by_name) not in {"NextIteration", "Identity", "Switch"} or name in passed:
            return False
        passed.add(name)
        name = _node_name(by_name[name].input[0])
    return True


def _op(name: str, by_name: Mapping[str, NodeView]) -> str | None:
    return by_name[name].op if name in by_name else None


def _node_name(tensor: str) -> str:
    return tensor.removeprefix("^").split(":")[0]
