"""Lookup tables as TF.js graph models carry them: a second graph, which is run first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from sizewise.convert.tfjs.nodes import graph_json
from sizewise.convert.tfjs.refuse import refuse_unsupported
from sizewise.convert.tfjs.weights import Weight, extract_weights
from sizewise.domain import Initializer, Table


def with_tables(
    head: Mapping[str, Any], initializer: Initializer | None
) -> tuple[dict[str, Any], tuple[Weight, ...]]:
    """The head of a ``model.json`` with what makes its tables, and the weights of that.

    The graph's inputs and the initializer's outputs are matched by resource ids, which count
    the tables. Raises UnsupportedOpError where TF.js lacks an op of the initializer.
    """
    if initializer is None:
        return dict(head), ()
    from tensorflowjs.converters import common

    refuse_unsupported(initializer.graph_def)
    graph_def = deepcopy(initializer.graph_def)
    weights = extract_weights(graph_def)
    signature = head[common.SIGNATURE_KEY]
    made = _resources(initializer.tables, [table.made for table in initializer.tables])
    read = _resources(initializer.tables, [table.tensor for table in initializer.tables])
    return {
        **head,
        common.SIGNATURE_KEY: {**signature, "inputs": {**signature.get("inputs", {}), **read}},
        common.ARTIFACT_MODEL_INITIALIZER: graph_json(graph_def),
        common.INITIALIZER_SIGNATURE_KEY: {"outputs": made},
    }, weights


def _resources(tables: Iterable[Table], names: Iterable[str]) -> dict[str, Any]:
    from tensorflowjs.converters import common

    scalar: dict[str, Any] = {"dtype": "DT_RESOURCE", "tensorShape": {}}
    return {
        name: {"name": name, **scalar, common.RESOURCE_ID_KEY: number}
        for number, (_, name) in enumerate(zip(tables, names, strict=True))
    }
