"""A graph run with other values in the place of some of its constants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from sizewise.domain import Array, Graph, Samples
from sizewise.errors import ConversionError

BATCH = 64
"""Samples in a batch, where the graph takes any number."""

_CONTROL_FLOW = frozenset(["Switch", "Merge", "Enter", "Exit", "NextIteration", "LoopCond"])


@dataclass(frozen=True, slots=True)
class Substitution:
    """Runs a graph in TensorFlow on the same samples again and again; see ``substituting``."""

    graph: Graph
    samples: Samples
    session: Any
    """What has the graph loaded; None where it is loaded for each call."""

    def outputs(self, values: Mapping[str, Array]) -> dict[str, Array]:
        """What the graph computes with ``values`` for the constants of these names.

        The first axis of each output is the samples. Raises ConversionError where TensorFlow fails.
        """
        if self.session is not None:
            fed = {f"{name}:0": array for name, array in values.items()}
            return self._run(self.session, _typed(self.session, fed))
        with _session(_replaced(self.graph.graph_def, values)) as session:
            return self._run(session, {})

    def _run(self, session: Any, constants: Mapping[str, Array]) -> dict[str, Array]:
        import tensorflow as tf

        signature, count = self.graph.signature, len(self.samples)
        fetched = {spec.name: spec.tensor for spec in signature.outputs}
        fixed = next((spec.shape[0] for spec in signature.inputs if spec.shape), None)
        size = fixed or BATCH
        parts: dict[str, list[Array]] = {name: [] for name in fetched}
        for start in range(0, count, size):
            rows = np.arange(start, start + size)
            # A batch of fixed size is filled up with the last sample.
            rows = np.minimum(rows, count - 1) if fixed else rows[: count - start]
            fed = {spec.tensor: self.samples.inputs[spec.name][rows] for spec in signature.inputs}
            try:
                found = session.run(fetched, {**fed, **constants})
            except tf.errors.OpError as error:
                raise ConversionError(
                    f"TensorFlow cannot run the graph with other weights: {error.message[:200]}"
                ) from error
            for name, output in found.items():
                parts[name].append(output[: count - start])
        return {name: np.concatenate(part) for name, part in parts.items()}


@contextmanager
def substituting(graph: Graph, samples: Samples) -> Iterator[Substitution]:
    """A graph loaded once, to be run on ``samples`` with other weights.

    One with loops is loaded anew for each call: constants within a loop cannot be fed. Raises
    ConversionError for a graph that reads lookup tables.
    """
    if graph.initializer is not None:
        raise ConversionError(
            "a graph that reads lookup tables cannot be run with other weights",
            advice="use encodings that need no search",
        )
    if any(node.op in _CONTROL_FLOW for node in graph.skeleton.node):
        yield Substitution(graph, samples, None)
        return
    with _session(graph.graph_def) as session:
        yield Substitution(graph, samples, session)


@contextmanager
def _session(graph_def: Any) -> Iterator[Any]:
    import tensorflow as tf

    config = tf.compat.v1.ConfigProto()
    # Constants that are fed must not be folded into what they are used for.
    config.graph_options.rewrite_options.disable_meta_optimizer = True
    config.graph_options.optimizer_options.opt_level = -1
    with tf.Graph().as_default() as graph:
        tf.graph_util.import_graph_def(graph_def, name="")
    # Not entered: that would make its graph the one which all that is computed meanwhile goes to.
    with closing(tf.compat.v1.Session(graph=graph, config=config)) as session:
        yield session


def _typed(session: Any, fed: Mapping[str, Array]) -> dict[str, Array]:
    """Values in the types that the graph computes in, which may be wider than the stored ones."""
    return {
        name: array.astype(session.graph.get_tensor_by_name(name).dtype.as_numpy_dtype)
        for name, array in fed.items()
    }


def _replaced(graph_def: Any, values: Mapping[str, Array]) -> Any:
    import tensorflow as tf

    changed = type(graph_def)()
    changed.CopyFrom(graph_def)
    for node in changed.node:
        if node.op == "Const" and node.name in values:
            dtype = tf.as_dtype(node.attr["dtype"].type)
            array = values[node.name].astype(dtype.as_numpy_dtype)
            node.attr["value"].tensor.CopyFrom(
                tf.make_tensor_proto(array, dtype, shape=array.shape)
            )
    return changed
