"""Looks into a model: what it takes, gives and holds, and which targets can have it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any

from sizewise.domain import Graph, OpenModel, Target
from sizewise.domain.inspection import OpFacts, SignatureFacts, TargetFacts, WeightFacts
from sizewise.errors import SizewiseError, UnsupportedOpError
from sizewise.run.conversion import FLOAT32, ConversionStages, Order, nodes_of, run_orders
from sizewise.scratch import scratch_folder

_KEPT_AS_IT_IS = "a .tflite file, which is run as it is and not converted"


def inspect_model(
    model: OpenModel,
    targets: Sequence[Target],
    stages: ConversionStages,
    custom_ops: frozenset[str] = frozenset(),
    custom_ops_module: Path | None = None,
) -> SignatureFacts:
    """Freeze ``model``, look into it, and try to convert it to each of ``targets`` in float32.

    Nothing of that stays on disk. Raises a SizewiseError where the model cannot be frozen.
    """
    if model.file is not None:
        return SignatureFacts(model.signature, (), (), (), (*model.notes, _KEPT_AS_IT_IS))
    graph = stages.freeze(model)
    order = Order(
        model,
        [(FLOAT32, PurePath())],
        "",
        custom_ops=custom_ops,
        custom_ops_module=custom_ops_module,
    )
    return SignatureFacts(
        model.signature,
        weights_of(graph),
        ops_of(graph),
        tuple(_try(order, target, stages) for target in targets),
        model.notes,
    )


def weights_of(graph: Graph) -> tuple[WeightFacts, ...]:
    """All constants of ``graph``, the largest first."""
    facts = [_weight(node) for node in nodes_of(graph) if node.op == "Const"]
    return tuple(sorted(facts, key=lambda each: (-each.size_bytes, each.name)))


def _weight(node: Any) -> WeightFacts:
    import tensorflow as tf

    tensor = node.attr["value"].tensor
    dtype = tf.as_dtype(tensor.dtype)
    shape = tuple(dim.size for dim in tensor.tensor_shape.dim)
    if dtype == tf.string:
        size = sum(len(text) for text in tensor.string_val)
    else:
        size = math.prod(shape) * dtype.size
    return WeightFacts(node.name, dtype.name, shape, size)


def ops_of(graph: Graph) -> tuple[OpFacts, ...]:
    """All ops of ``graph`` with the nodes that use them, the most frequent first."""
    users: Mapping[str, list[str]] = defaultdict(list)
    for node in nodes_of(graph):
        users[node.op].append(node.name)
    facts = (OpFacts(op, tuple(nodes)) for op, nodes in users.items())
    return tuple(sorted(facts, key=lambda each: (-len(each.nodes), each.op)))


def _try(order: Order, target: Target, stages: ConversionStages) -> TargetFacts:
    with scratch_folder() as scratch:
        try:
            run_orders([order], scratch / "artifact", target, stages)
        except UnsupportedOpError as error:
            lacking = tuple(OpFacts(op, nodes) for op, nodes in error.ops.items())
            return TargetFacts(target, error.message, lacking)
        except SizewiseError as error:
            return TargetFacts(target, error.message)
    return TargetFacts(target)
