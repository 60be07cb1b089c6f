"""The steps of a transform on a frozen graph, one after the other, each one's effect checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sizewise.compress import obs
from sizewise.compress.cluster import check_clustered, cluster_graph
from sizewise.compress.prune import check_pruned, prune_graph
from sizewise.domain import Cluster, Engine, Graph, Prune, Qat, Samples, Transform


class Handler(NamedTuple):
    """What carries out a kind of step, and what raises where its effect is not to be seen."""

    change: Callable[[Any, Graph, Samples], Graph]
    check: Callable[[Any, Graph], None]


STEPS: Mapping[tuple[type[Any], Engine | None], Handler] = {
    (Prune, None): Handler(lambda step, graph, _: prune_graph(step, graph), check_pruned),
    (Prune, Engine.OBS): Handler(obs.prune_graph, check_pruned),
    (Cluster, None): Handler(lambda step, graph, _: cluster_graph(step, graph), check_clustered),
    (Cluster, Engine.OBS): Handler(obs.cluster_graph, check_clustered),
}
"""By the kind of a step and its engine."""


def apply_transform(transform: Transform, graph: Graph, calibrate: Samples) -> Graph:
    """Apply the ``post_training`` steps of ``transform`` in order. ``graph`` itself is never
    changed; a transform without such steps gives it back as it is.

    ``calibrate`` are samples for the engines that look at what a layer is given. After each step
    its effect, and that of every one before it, is looked for in the weights. Raises
    ConversionError where a step has nothing to work on or no effect, and where one undoes
    another.
    """
    done = []
    for step in transform.post_training:
        assert not isinstance(step, Qat), "quantization-aware training always trains"
        handler = STEPS[type(step), step.engine]
        graph = handler.change(step, graph, calibrate)
        done.append((step, handler))
        for earlier, checked in done:
            checked.check(earlier, graph)
    return graph
