"""Which ops read which kernel of a graph, and as which matrices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sizewise.compress.obs.contractions import Blocks, Contraction
from sizewise.compress.obs.reading import ACTIVATIONS, ShapeOf, Surroundings, contraction_of
from sizewise.domain import WEIGHT_SLOTS, Array, weight_names

MOST_MOMENTS = 1 << 25
"""The second moments of a kernel are no more numbers than these: 256 MB of float64. Those of a
kernel of more inputs are taken block by block.
"""

SMALLEST_BLOCK = 64
"""A kernel whose inputs cannot be cut into blocks of that size or more has no moments."""

_CARRIERS = frozenset(["Identity", "Enter", "RefEnter", "Switch", "Merge", "Cast"])
_SHAPERS: Mapping[str, Callable[[Array, Array], Array]] = {
    "Reshape": lambda values, shape: values.reshape([int(size) for size in shape]),
    "Transpose": lambda values, axes: values.transpose([int(axis) for axis in axes]),
    "ExpandDims": lambda values, axis: np.expand_dims(values, int(axis)),
}
"""How a change of shape, whose second input is a constant, changes an array."""

_ADDITIONS = frozenset(["BiasAdd", "Add", "AddV2"])


@dataclass(frozen=True, slots=True)
class Reader:
    """An op that multiplies ``activations``, a tensor, with a kernel.

    ``matrices`` are the numbers of the kernel's elements, [P, inputs, outputs].
    """

    node: str
    activations: str
    contraction: Contraction
    matrices: Array


@dataclass(frozen=True, slots=True)
class Kernel:
    """A constant that ops are to be calibrated for.

    ``readers`` is empty where one of its ops has no matrices that are known here, or they differ
    from op to op: then it is changed without calibration. ``bias`` is the constant that is added
    to what its only reader computes, and to nothing else; ``name`` is its node's.
    """

    name: str
    readers: tuple[Reader, ...]
    bias: str | None = None


def kernel_names(graph_def: Any) -> frozenset[str]:
    """The floating constants of rank 2 or more that feed weight slots of the main graph."""
    names = weight_names(graph_def.node)
    return frozenset(
        node.name for node in graph_def.node if node.name in names and _is_kernel(node)
    )


def find_kernels(graph_def: Any, shape_of: ShapeOf) -> list[Kernel]:
    """The floating constants of rank 2 or more that feed weight slots, in the graph's order.

    Kernels within functions of the graph are not among them.
    """
    return _Search(graph_def, shape_of).kernels()


class _Search:
    def __init__(self, graph_def: Any, shape_of: ShapeOf) -> None:
        self._graph_def = graph_def
        self._nodes = {node.name: node for node in graph_def.node}
        self._shape_of = shape_of
        self._uses: defaultdict[str, list[Any]] = defaultdict(list)
        for node in graph_def.node:
            for tensor in node.input:
                if not tensor.startswith("^"):
                    self._uses[producer(tensor)].append(node)

    def kernels(self) -> list[Kernel]:
        readers: defaultdict[str, list[Reader | None]] = defaultdict(list)
        for node in self._nodes.values():
            for slot in WEIGHT_SLOTS.get(node.op, ()):
                if slot < len(node.input) and (found := self._constant(node.input[slot])):
                    name, numbers = found
                    readers[name].append(self._reader(node, slot, numbers))
        names = kernel_names(self._graph_def)
        return [self._kernel(name, readers[name]) for name in self._nodes if name in names]

    def _kernel(self, name: str, readers: Sequence[Reader | None]) -> Kernel:
        known = [reader for reader in readers if reader is not None]
        if not known or len(known) < len(readers) or not _are_alike(known):
            return Kernel(name, ())
        return Kernel(name, tuple(known), self._bias(known))

    def _constant(self, tensor: str) -> tuple[str, Array] | None:
        """The constant behind an input, and the numbers of its elements as the op gets them."""
        changes: list[tuple[Callable[[Array, Any], Array], Any]] = []
        node = self._nodes.get(producer(tensor))
        passed: set[str] = set()
        while node is not None and node.op != "Const":
            if node.name in passed:
                return None
            passed.add(node.name)
            if node.op in _SHAPERS:
                argument = self._nodes.get(producer(node.input[1]))
                if argument is None or argument.op != "Const":
                    return None
                changes.append((_SHAPERS[node.op], _values(argument)))
            elif node.op == "Squeeze":
                axes = tuple(node.attr["squeeze_dims"].list.i) or None
                changes.append((_squeezed, axes))
            elif node.op not in _CARRIERS:
                return None
            node = self._nodes.get(producer(self._carried(node)))
        if node is None:
            return None
        shape = [dimension.size for dimension in node.attr["value"].tensor.tensor_shape.dim]
        numbers = np.arange(int(np.prod(shape))).reshape(shape)
        for change, argument in reversed(changes):
            numbers = change(numbers, argument)
        return node.name, numbers

    def _carried(self, node: Any) -> str:
        """What a node hands on; of a loop's Merge, what comes from outside."""
        if node.op == "Merge":
            for tensor in node.input:
                if self._nodes[producer(tensor)].op != "NextIteration":
                    return str(tensor)
        return str(node.input[0])

    def _reader(self, node: Any, slot: int, numbers: Array) -> Reader | None:
        around = Surroundings(self._shape_of, self._known)
        contraction = contraction_of(node, slot, numbers.shape, around)
        if contraction is None:
            return None
        matrices = contraction.matrices(numbers)
        problems, inputs, _ = matrices.shape
        if problems * inputs**2 > MOST_MOMENTS:
            size = _block_size(problems, inputs)
            if size is None:
                return None
            contraction = Blocks(contraction, inputs // size)
            matrices = contraction.matrices(numbers)
        activations = node.input[ACTIVATIONS.get(node.op, 1 - slot)]
        return Reader(node.name, activations, contraction, matrices)

    def _known(self, tensor: str) -> Array | None:
        """The value of a tensor that is a constant."""
        node = self._nodes.get(producer(tensor))
        return _values(node) if node is not None and node.op == "Const" else None

    def _bias(self, readers: Sequence[Reader]) -> str | None:
        if len(readers) > 1:
            return None
        (reader,) = readers
        node = self._nodes[reader.node]
        if node.op not in _BIASED or node.input[ACTIVATIONS.get(node.op, 0)] != reader.activations:
            return None
        uses = self._uses[reader.node]
        if len(uses) != 1 or uses[0].op not in _ADDITIONS:
            return None
        (other,) = [t for t in uses[0].input[:2] if producer(t) != reader.node] or [""]
        bias = self._nodes.get(producer(other))
        if bias is None or bias.op != "Const" or len(self._uses[bias.name]) != 1:
            return None
        shape = [dimension.size for dimension in bias.attr["value"].tensor.tensor_shape.dim]
        problems, _, outputs = reader.matrices.shape
        return str(bias.name) if shape == [problems * outputs] and _is_float(bias) else None


_BIASED = frozenset(
    ["Conv2D", "Conv3D", "DepthwiseConv2dNative", "MatMul", *ACTIVATIONS]  # transposed ones
)
"""Ops whose result has the outputs on its last axis, problem by problem."""


def _block_size(problems: int, inputs: int) -> int | None:
    """The most inputs that divide all into blocks whose moments are not too many."""
    most = MOST_MOMENTS // (problems * inputs)
    return next((size for size in range(most, SMALLEST_BLOCK - 1, -1) if inputs % size == 0), None)


def _are_alike(readers: Sequence[Reader]) -> bool:
    first = readers[0].matrices
    return all(np.array_equal(reader.matrices, first) for reader in readers[1:])


def _squeezed(values: Array, axes: tuple[int, ...] | None) -> Array:
    return values.squeeze(axes)


def _values(node: Any) -> Array:
    import tensorflow as tf

    values: Array = tf.make_ndarray(node.attr["value"].tensor)
    return values


def _is_kernel(node: Any) -> bool:
    return len(node.attr["value"].tensor.tensor_shape.dim) >= 2 and _is_float(node)


def _is_float(node: Any) -> bool:
    import tensorflow as tf

    return bool(tf.as_dtype(node.attr["dtype"].type).is_floating)


def producer(tensor: str) -> str:
    """The node behind an input."""
    return tensor.removeprefix("^").partition(":")[0]
