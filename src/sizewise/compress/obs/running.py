"""A graph run on samples piece by piece, so that its kernels can change on the way.

What has been computed up to some place is held, and the next piece starts from it: in all, each
op is computed about once a sample. Where that would take more memory than ``HELD_BYTES``, what was
held before stays, and the next piece is longer. A graph with control flow has no places to stop
at: it is run from its inputs every time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

import numpy as np

from sizewise.compress.obs.session import Tensors, batches, full, names_of, piece, session
from sizewise.compress.obs.trace import producer
from sizewise.domain import Array, Graph, Samples
from sizewise.errors import ConversionError

HELD_BYTES = 256 << 20

_CONTROL_FLOW = frozenset(["Switch", "Merge", "Enter", "Exit", "NextIteration", "LoopCond"])

See: TypeAlias = Callable[[str, Array, int], None]
"""Told of a tensor's name and values, and of how many samples they come from."""


class Runner:
    """Runs the main part of ``graph`` on ``samples``; its constants may be replaced at any time.

    Raises ConversionError for a graph that TensorFlow cannot load.
    """

    def __init__(self, graph: Graph, samples: Samples) -> None:
        self._initializer = graph.initializer
        self.graph_def = type(graph.graph_def)()
        self.graph_def.CopyFrom(graph.graph_def)
        with _failures():
            self.tensors = Tensors(self.graph_def)
        self._nodes = {node.name: node for node in self.graph_def.node}
        self._outputs = [spec.tensor for spec in graph.signature.outputs]
        self._uses: defaultdict[str, list[Any]] = defaultdict(list)
        for node in self.graph_def.node:
            for tensor in node.input:
                self._uses[producer(tensor)].append(node)
        self._held = batches(graph, samples)
        self._sizes = [len(part) for part in next(iter(self._held.values()))]
        # The nodes whose results are held, or are needed for nothing but what is held.
        self._done = {producer(name) for name in self._held}
        self._moving = self._below(self._done)

    def replace(self, values: Mapping[str, Array]) -> None:
        """Give constants other values, of the types and shapes that they have."""
        for name, array in values.items():
            give_value(self._nodes[name], array)

    def watch(self, tensors: Sequence[str], readers: Iterable[str], see: See) -> None:
        """Run all samples, and let ``see`` have ``tensors``, batch by batch.

        The nodes ``readers`` are the ones that will compute something else afterwards. Raises
        ConversionError where TensorFlow fails.
        """
        with _failures():
            if any(node.op in _CONTROL_FLOW for node in self.graph_def.node):
                self._watch_whole(tensors, see)
            else:
                self._watch_piece(tensors, self._below(readers), see)

    def _watch_piece(self, tensors: Sequence[str], unsettled: set[str], see: See) -> None:
        done = self._done | (self._above(tensors) - unsettled)
        live = self._live(done)
        kept: dict[str, list[Array]] = {name: [] for name in live if name not in self._held}
        wanted = list(dict.fromkeys([*tensors, *kept]))
        names = names_of(self._held)
        part = piece(
            self.graph_def, wanted, {name: self.tensors.type_of(name) for name in self._held}
        )
        with session(part, self._initializer) as run:
            for number, size in enumerate(self._sizes):
                fed = {f"{names[name]}:0": parts[number] for name, parts in self._held.items()}
                fetched = [f"{names[full(t)]}:0" if full(t) in names else full(t) for t in wanted]
                found = dict(zip(wanted, run(fetched, fed), strict=True))
                for tensor in tensors:
                    see(tensor, found[tensor], size)
                if sum(found[name].nbytes for name in kept) * len(self._sizes) > HELD_BYTES:
                    kept, done, live = {}, self._done, list(self._held)
                    wanted = list(tensors)
                for name in kept:
                    kept[name].append(found[name])
        self._held = {name: kept[name] if name in kept else self._held[name] for name in live}
        self._done = done

    def _watch_whole(self, tensors: Sequence[str], see: See) -> None:
        """Run from inputs to outputs, with an op before each reader that shows what it reads."""
        batch = self._sizes[0]

        def showing(tensor: str) -> Callable[[Array], None]:
            return lambda values: see(tensor, values, batch)

        shows = {tensor: showing(tensor) for tensor in dict.fromkeys(tensors)}
        with (
            _with_shows(self.graph_def, shows, self.tensors) as graph_def,
            session(graph_def, self._initializer) as run,
        ):
            for number, size in enumerate(self._sizes):
                batch = size
                run(self._outputs, {name: parts[number] for name, parts in self._held.items()})

    def _above(self, tensors: Iterable[str]) -> set[str]:
        """The nodes that move with the samples and have a part in ``tensors``."""
        found: set[str] = set()
        pending = [producer(tensor) for tensor in tensors]
        while pending:
            name = pending.pop()
            if name in self._moving and name not in found:
                found.add(name)
                pending += [producer(tensor) for tensor in self._nodes[name].input]
        return found

    def _below(self, sources: Iterable[str]) -> set[str]:
        """``sources``, and the nodes that they have a part in."""
        found: set[str] = set()
        pending = list(sources)
        while pending:
            name = pending.pop()
            if name not in found:
                found.add(name)
                pending += [node.name for node in self._uses[name]]
        return found

    def _live(self, done: set[str]) -> list[str]:
        """What the nodes that are not ``done`` read of those that are."""
        found = {
            full(tensor): None
            for node in self.graph_def.node
            if node.name in self._moving and node.name not in done
            for tensor in node.input
            if not tensor.startswith("^") and producer(tensor) in done
        }
        return list(found)


@contextmanager
def _with_shows(
    graph_def: Any, shows: Mapping[str, Callable[[Array], None]], tensors: Tensors
) -> Iterator[Any]:
    """A copy of the graph in which functions see tensors before any other node reads them."""
    import tensorflow as tf

    result = type(graph_def)()
    result.CopyFrom(graph_def)
    readers = list(result.node)
    # The functions live as long as the graph that they were made in.
    with tf.Graph().as_default() as owner:
        for number, (tensor, show) in enumerate(shows.items()):
            stand_in = tf.compat.v1.placeholder(tensors.type_of(tensor))
            tf.numpy_function(show, [stand_in], [], name=f"sizewise_show_{number}")
        made = {node.name: node for node in owner.as_graph_def().node}
        for number, tensor in enumerate(shows):
            node = result.node.add()
            node.CopyFrom(made[f"sizewise_show_{number}"])
            node.input[:] = [tensor]
            for reader in readers:
                if tensor in reader.input:
                    reader.input.append(f"^{node.name}")
        yield result


@contextmanager
def _failures() -> Iterator[None]:
    """What TensorFlow raises, as a ConversionError."""
    import tensorflow as tf

    try:
        yield
    except (tf.errors.OpError, ValueError, TypeError) as error:
        line = str(error).strip().partition("\n")[0]
        raise ConversionError(
            f"the graph does not run on the calibration samples: {line}",
            advice="see whether they fit the model's inputs",
        ) from error


def give_value(constant: Any, array: Array) -> None:
    """Give a constant another value, of the type that it has."""
    import tensorflow as tf

    tensor = constant.attr["value"].tensor
    dtype = tf.as_dtype(tensor.dtype)
    changed = np.asarray(array).astype(dtype.as_numpy_dtype)
    tensor.CopyFrom(tf.make_tensor_proto(changed, dtype, shape=changed.shape))
