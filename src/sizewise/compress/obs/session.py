"""Parts of a graph, run by TensorFlow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

import numpy as np

from sizewise.compress.obs.trace import producer
from sizewise.domain import Array, Graph, Initializer, Samples, TensorSpec
from sizewise.errors import DataError

BATCH = 16
"""Samples in a batch, where the graph takes any number."""

Run: TypeAlias = Callable[[Sequence[str], Mapping[str, Array]], list[Array]]
"""From the names of tensors, and the values of others, to their values."""


def batches(graph: Graph, samples: Samples) -> dict[str, list[Array]]:
    """The values of the graph's input tensors, batch by batch.

    A last batch that is too small for a graph of fixed batch is filled up with its last sample.
    Raises DataError where the samples are not of the shape of the inputs.
    """
    fixed = next((spec.shape[0] for spec in graph.signature.inputs if spec.shape), None)
    size = fixed or BATCH
    found: dict[str, list[Array]] = {}
    for spec in graph.signature.inputs:
        values = samples.inputs[spec.name]
        _check_shape(spec, values)
        if fixed:
            values = values[np.pad(np.arange(len(values)), (0, -len(values) % size), mode="edge")]
        found[full(spec.tensor)] = [
            values[start : start + size] for start in range(0, len(values), size)
        ]
    return found


def _check_shape(spec: TensorSpec, values: Array) -> None:
    wanted = None if spec.shape is None else spec.shape[1:]
    found = values.shape[1:]
    if wanted is not None and (
        len(wanted) != len(found)
        or any(size not in (None, known) for size, known in zip(wanted, found, strict=True))
    ):
        raise DataError(
            f"the samples to calibrate with have {spec.name} of shape {list(found)}, and the "
            f"model takes {list(wanted)}",
            advice="give samples as the model meets them in use",
        )


@contextmanager
def session(graph_def: Any, initializer: Initializer | None = None) -> Iterator[Run]:
    """What runs ``graph_def`` as it is: nothing is optimised, as it is run a few times only.

    The lookup tables that it reads are those that ``initializer`` makes.
    """
    import tensorflow as tf

    config = tf.compat.v1.ConfigProto()
    config.graph_options.rewrite_options.disable_meta_optimizer = True
    with tf.Graph().as_default() as graph:
        tables = {} if initializer is None else _tables(graph_def, initializer)
        tf.graph_util.import_graph_def(graph_def, input_map=tables, name="")
        with tf.compat.v1.Session(graph=graph, config=config) as opened:
            yield lambda fetched, fed: opened.run(list(fetched), dict(fed))


def _tables(graph_def: Any, initializer: Initializer) -> dict[str, Any]:
    """What stands for the tables in ``graph_def``, and the tables, in the graph of the moment."""
    import tensorflow as tf

    nodes = {node.name for node in graph_def.node}
    wanted = [table for table in initializer.tables if producer(table.tensor) in nodes]
    made = tf.graph_util.import_graph_def(
        initializer.graph_def,
        return_elements=[table.made for table in wanted],
        name="sizewise_tables",
    )
    return {table.tensor: tensor for table, tensor in zip(wanted, made, strict=True)}


def piece(whole: Any, wanted: Iterable[str], given: Mapping[str, Any]) -> Any:
    """The part of ``whole`` that computes ``wanted`` from the tensors ``given``.

    ``given`` maps names of tensors to their types; ``names_of`` says what they are called there.
    """
    import tensorflow as tf

    nodes = {node.name: node for node in whole.node}
    names = names_of(given)
    found = tf.compat.v1.GraphDef(library=whole.library, versions=whole.versions)
    for tensor, dtype in given.items():
        stand_in = found.node.add(name=names[tensor], op="Placeholder")
        stand_in.attr["dtype"].type = dtype.as_datatype_enum
    pending = [producer(tensor) for tensor in wanted if full(tensor) not in given]
    seen: set[str] = set()
    while pending:
        name = pending.pop()
        if name in seen:
            continue
        seen.add(name)
        node = found.node.add()
        node.CopyFrom(nodes[name])
        for slot, tensor in enumerate(node.input):
            if not tensor.startswith("^") and full(tensor) in given:
                node.input[slot] = names[full(tensor)]
            else:
                pending.append(producer(tensor))
    return found


def names_of(given: Iterable[str]) -> dict[str, str]:
    """What stands in a piece for each of the tensors that it is given."""
    return {tensor: f"sizewise_given_{number}" for number, tensor in enumerate(given)}


def full(tensor: str) -> str:
    """The name of a tensor with the number of its output: ``node:0`` for ``node``."""
    return tensor if ":" in tensor else f"{tensor}:0"


class Tensors:
    """Types and shapes of the tensors in a graph, as TensorFlow infers them."""

    def __init__(self, graph_def: Any) -> None:
        import tensorflow as tf

        with tf.Graph().as_default() as self._graph:
            tf.graph_util.import_graph_def(graph_def, name="")

    def type_of(self, tensor: str) -> Any:
        """TensorFlow's type of a tensor."""
        return self._graph.get_tensor_by_name(full(tensor)).dtype

    def shape_of(self, tensor: str) -> list[int | None] | None:
        """The shape of a tensor, None for an unknown rank."""
        shape = self._graph.get_tensor_by_name(full(tensor)).shape
        return None if shape.rank is None else list(shape.as_list())
