"""Sums of products by equation, as transpositions and matrix products, which every backend has."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sizewise.convert.tfjs.nodes import constant, new_node, rebuilt
from sizewise.convert.tfjs.shapes import Shape, Shapes

_OPERANDS = 2


@dataclass(frozen=True, slots=True)
class Product:
    """A sum of products of two operands, one letter an axis.

    ``operands`` and ``output`` are the axes as they stand in the equation. ``batch`` are in all
    three, ``rows`` in the first and the output, ``columns`` in the second and the output, and
    ``summed`` in both operands alone.
    """

    operands: tuple[str, str]
    output: str
    batch: str
    rows: str
    columns: str
    summed: str

    @property
    def is_swapped(self) -> bool:
        """Whether the second operand times the first gives the output without a transposition."""
        return self.output == self.batch + self.columns + self.rows


def read_equation(equation: str) -> Product | None:
    """The product that ``equation`` (``abc,cd->abd``) writes down.

    None where it is no matrix product: for another number of operands, for an axis that is
    repeated, left open (``...``) or summed within one operand.
    """
    inputs, arrow, output = equation.replace(" ", "").partition("->")
    operands = inputs.split(",")
    if not arrow or len(operands) != _OPERANDS:
        return None
    if any(not axes.isalpha() and axes for axes in (*operands, output)):
        return None
    if any(len(set(axes)) != len(axes) for axes in (*operands, output)):
        return None
    first, second = operands
    shared = set(first) & set(second)
    if set(output) - set(first) - set(second) or (set(first) ^ set(second)) - set(output):
        return None
    return Product(
        (first, second),
        output,
        batch="".join(axis for axis in output if axis in shared),
        rows="".join(axis for axis in output if axis in first and axis not in shared),
        columns="".join(axis for axis in output if axis in second and axis not in shared),
        summed="".join(axis for axis in first if axis in shared and axis not in output),
    )


def write_out_einsums(graph_def: Any) -> Any:
    """Write each Einsum of float32 that is a matrix product as one, on transposed operands.

    TF.js has Einsum on its CPU backend alone, and multi-head attention is made of it. Weights
    stay as they are: what rearranges them is run with the model. Other graphs are given back as
    they are, and so is an Einsum that is no matrix product or of which too little is known.
    """
    shapes = Shapes(graph_def)
    written_out = {
        node.name: parts
        for node in graph_def.node
        if node.op == "Einsum" and (parts := _written_out(node, shapes))
    }
    if not written_out:
        return graph_def
    return rebuilt(
        graph_def,
        (part for node in graph_def.node for part in written_out.get(node.name, [node])),
    )


def _written_out(node: Any, shapes: Shapes) -> Sequence[Any]:
    """The nodes that stand for ``node``, none where it has to stay."""
    import tensorflow as tf

    product = read_equation(node.attr["equation"].s.decode())
    tensors = [tensor for tensor in node.input if not tensor.startswith("^")]
    if product is None or node.attr["T"].type != tf.float32.as_datatype_enum:
        return ()
    sizes = _sizes(product, [shapes.of(tensor) for tensor in tensors])
    if sizes is None or not _can_be_reshaped(product, sizes):
        return ()
    parts = _Parts(node, product, tensors, sizes)
    parts.write()
    return parts.nodes


def _sizes(product: Product, shapes: Sequence[Shape]) -> dict[str, int | None] | None:
    """The size of each axis, as far as it is known; None where a rank is not."""
    sizes: dict[str, int | None] = {}
    for axes, shape in zip(product.operands, shapes, strict=True):
        if shape is None:
            return None
        for axis, size in zip(axes, shape, strict=True):
            sizes[axis] = size if sizes.get(axis) is None else sizes[axis]
    return sizes


def _can_be_reshaped(product: Product, sizes: Mapping[str, int | None]) -> bool:
    """Whether no operand needs two sizes that are products of sizes that are not known."""
    rows, columns, summed = (
        len(group) > 1 and None in [sizes[axis] for axis in group]
        for group in (product.rows, product.columns, product.summed)
    )
    return not (summed and (rows or columns))


class _Parts:
    """The nodes that stand for one Einsum, the last of which has its name."""

    def __init__(
        self,
        node: Any,
        product: Product,
        tensors: Sequence[str],
        sizes: Mapping[str, int | None],
    ) -> None:
        self.nodes: list[Any] = []
        self._node = node
        self._product = product
        self._tensors = tensors
        self._sizes = sizes

    def write(self) -> None:
        """Add the nodes, from operands to result."""
        product = self._product
        sides = [
            ("first", product.rows, product.summed),
            ("second", product.summed, product.columns),
        ]
        ready = [
            self._operand(name, tensor, axes, rows, columns)
            for (name, rows, columns), tensor, axes in zip(
                sides, self._tensors, product.operands, strict=True
            )
        ]
        rows, columns = product.rows, product.columns
        if product.is_swapped:
            # (A B)ᵀ = Bᵀ Aᵀ
            ready = [(tensor, not is_turned) for tensor, is_turned in reversed(ready)]
            rows, columns = columns, rows
        (first, turn_first), (second, turn_second) = ready
        result = self._add("product", "BatchMatMulV2", first, second)
        self.nodes[-1].attr["adj_x"].b = turn_first
        self.nodes[-1].attr["adj_y"].b = turn_second
        if len(rows) != 1 or len(columns) != 1:
            result = self._reshaped("result", result, [*product.batch, *rows, *columns])
        self._transposed("output", result, product.batch + rows + columns, product.output)
        self.nodes[-1].name = self._node.name
        self.nodes[-1].input.extend(name for name in self._node.input if name.startswith("^"))

    def _operand(
        self, name: str, tensor: str, axes: str, rows: str, columns: str
    ) -> tuple[str, bool]:
        """A batch of matrices, and whether they are to be read with rows and columns exchanged."""
        batch = self._product.batch
        is_turned = axes == batch + columns + rows and axes != batch + rows + columns
        if is_turned:
            rows, columns = columns, rows
        tensor = self._transposed(f"{name}/order", tensor, axes, batch + rows + columns)
        if len(rows) != 1 or len(columns) != 1:
            tensor = self._reshaped(f"{name}/matrix", tensor, [*batch, rows, columns])
        return tensor, is_turned

    def _transposed(self, name: str, tensor: str, axes: str, wanted: str) -> str:
        if axes == wanted:
            return tensor
        order = self._constant(f"{name}/permutation", [axes.index(axis) for axis in wanted])
        return self._add(name, "Transpose", tensor, order, Tperm="int32")

    def _reshaped(self, name: str, tensor: str, groups: Sequence[str]) -> str:
        """``tensor`` with one axis for each group of axes, in their order."""
        known = [self._size(group) for group in groups]
        if known.count(None) <= 1:
            shape = self._constant(f"{name}/shape", [-1 if n is None else n for n in known])
        else:
            shape = self._measured(f"{name}/shape", groups)
        return self._add(name, "Reshape", tensor, shape, Tshape="int32")

    def _size(self, group: str) -> int | None:
        sizes = [self._sizes[axis] for axis in group]
        return None if None in sizes else math.prod(size for size in sizes if size is not None)

    def _measured(self, name: str, groups: Sequence[str]) -> str:
        """The shape as a tensor, where several sizes are known only when the model is run."""
        sizes = []
        for number, group in enumerate(groups):
            known = self._size(group)
            if known is not None or len(group) > 1:
                size = self._constant(f"{name}/{number}", -1 if known is None else known)
            else:
                size = self._measured_size(f"{name}/{number}", group)
            sizes.append(size)
        shape = self._add(name, "Pack", *sizes, dtype="int32")
        self.nodes[-1].attr["N"].i = len(sizes)
        return shape

    def _measured_size(self, name: str, axis: str) -> str:
        side = 0 if axis in self._product.operands[0] else 1
        shape = self._add(f"{name}/of", "Shape", self._tensors[side], out_type="int32")
        place = self._product.operands[side].index(axis)
        ends = [
            self._constant(f"{name}/{end}", [number])
            for end, number in (("begin", place), ("end", place + 1), ("step", 1))
        ]
        size = self._add(name, "StridedSlice", shape, *ends, dtype="int32", Index="int32")
        self.nodes[-1].attr["shrink_axis_mask"].i = 1
        return size

    def _constant(self, name: str, values: int | Sequence[int]) -> str:
        self.nodes.append(constant(f"{self._node.name}/{name}", np.asarray(values, np.int32)))
        return str(self.nodes[-1].name)

    def _add(self, name: str, op: str, *inputs: str, dtype: str = "float32", **types: str) -> str:
        import tensorflow as tf

        made = new_node(
            f"{self._node.name}/{name}", op, inputs, tf.as_dtype(dtype).as_datatype_enum
        )
        for attribute, kind in types.items():
            made.attr[attribute].type = tf.as_dtype(kind).as_datatype_enum
        self.nodes.append(made)
        return str(made.name)
