"""Finding one's way in a ``GraphDef``, and making new nodes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from sizewise.domain import Array

Pass: TypeAlias = Callable[[Any], Any]
"""From one ``GraphDef`` to the next; a pass may change the one that it is given."""


_VARYING = frozenset(["_has_manual_control_dependencies"])
"""Marks that TensorFlow leaves on nodes in one run and not in the next; no reader looks at them."""


def producer(tensor: str) -> str:
    """The node behind an input: ``conv`` for ``conv``, ``conv:1`` and ``^conv``."""
    return tensor.removeprefix("^").partition(":")[0]


def port(tensor: str) -> int:
    """The number of the output that an input refers to, 0 where it is left out."""
    return int(tensor.partition(":")[2] or 0)


@dataclass(frozen=True, slots=True)
class Use:
    """One data edge: ``node`` reads output ``port`` of some other node in its input ``slot``."""

    node: Any
    slot: int
    port: int


class GraphIndex:
    """The nodes of a ``GraphDef`` by name, and who reads their outputs.

    ``outputs`` are the names of the nodes whose results leave the graph.
    The index does not follow later changes of the graph.
    """

    def __init__(self, graph_def: Any, outputs: Iterable[str]) -> None:
        self.outputs = frozenset(outputs)
        self._nodes = {node.name: node for node in graph_def.node}
        self._uses: defaultdict[str, list[Use]] = defaultdict(list)
        for node in graph_def.node:
            for slot, tensor in enumerate(node.input):
                if not tensor.startswith("^"):
                    self._uses[producer(tensor)].append(Use(node, slot, port(tensor)))

    def node(self, name: str) -> Any | None:
        """The node called ``name``, or None."""
        return self._nodes.get(name)

    def source(self, node: Any, slot: int) -> Any | None:
        """The node that feeds input ``slot`` of ``node``, or None where there is none."""
        tensor = node.input[slot] if slot < len(node.input) else "^"
        return None if tensor.startswith("^") else self._nodes.get(producer(tensor))

    def uses(self, name: str) -> list[Use]:
        """Every data edge out of node ``name``."""
        return self._uses[name]

    def is_private(self, name: str) -> bool:
        """Whether a single input, and no result of the graph, sees what node ``name`` computes."""
        return name not in self.outputs and len(self._uses[name]) == 1


def is_training(norm: Any) -> bool:
    """Whether a batch norm uses the statistics of its own batch.

    TensorFlow leaves out attributes that have their default, and the default is training.
    """
    if norm.op == "BatchNormWithGlobalNormalization":
        return False
    return bool(norm.attr["is_training"].b) if "is_training" in norm.attr else True


def constant_values(node: Any) -> Array:
    """The value of a ``Const`` node."""
    import tensorflow as tf

    values: Array = tf.make_ndarray(node.attr["value"].tensor)
    return values


def constant(name: str, values: Array) -> Any:
    """A new ``Const`` node of the values' own type and shape."""
    import tensorflow as tf

    node = tf.compat.v1.NodeDef(name=name, op="Const")
    node.attr["dtype"].type = tf.as_dtype(values.dtype).as_datatype_enum
    node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(values, shape=values.shape))
    return node


def new_node(name: str, op: str, inputs: Iterable[str], dtype: int) -> Any:
    """A new node whose one type, attribute ``T``, is ``dtype`` (TensorFlow's number of it)."""
    import tensorflow as tf

    node = tf.compat.v1.NodeDef(name=name, op=op, input=inputs)
    node.attr["T"].type = dtype
    return node


def rebuilt(graph_def: Any, nodes: Iterable[Any]) -> Any:
    """A ``GraphDef`` of other ``nodes`` with the functions and versions of ``graph_def``."""
    import tensorflow as tf

    result = tf.compat.v1.GraphDef(library=graph_def.library, versions=graph_def.versions)
    result.node.extend(nodes)
    return result


def message_json(message: Any) -> dict[str, Any]:
    """A protobuf message as JSON has it."""
    from google.protobuf.json_format import MessageToDict  # type: ignore[import-untyped]

    result: dict[str, Any] = MessageToDict(message)
    return result


def graph_json(graph_def: Any) -> dict[str, Any]:
    """A ``GraphDef`` as JSON, the same text for the same graph.

    Attributes stand by name, as protobuf gives them in an order that varies, and without
    ``_VARYING``.
    """
    result = message_json(graph_def)
    for node in result.get("node", ()):
        kept = {key: value for key, value in node.pop("attr", {}).items() if key not in _VARYING}
        if kept:
            node["attr"] = dict(sorted(kept.items()))
    return result
