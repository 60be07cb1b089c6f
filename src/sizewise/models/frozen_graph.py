"""Frozen graphs: a ``GraphDef`` in a ``.pb`` file, with the names of its outputs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sizewise.domain import OpenModel, Signature, Source
from sizewise.errors import SourceError
from sizewise.models.faults import refusing
from sizewise.models.functions import open_function
from sizewise.models.graph_def import function_of, placeholders, refuse_variables, tensors_of
from sizewise.models.signatures import require_default

_COPY_AGAIN = "copy the file again, whole"


def describe(source: Source, signature: str | None) -> Signature:
    """The signature; the graph is imported for it, because only that gives the shapes."""
    return open_source(source, signature, source.location).signature


def open_source(source: Source, signature: str | None, name: str) -> OpenModel:
    """Import the graph. Inputs and outputs are called as their nodes are: see ``unique_names``."""
    require_default(signature, "a frozen graph")
    path = Path(source.location)
    graph_def = read_graph_def(path)
    refuse_variables(graph_def)
    if not source.outputs:
        raise SourceError(
            f"{path} does not say which of its nodes are outputs",
            advice=f"write {{file: {path.name}, outputs: [NAME]}}",
        )
    outputs = tensors_of(graph_def, source.outputs, "output")
    written = source.inputs or placeholders(graph_def, outputs)
    if not written:
        raise SourceError(
            f"the outputs of {path} depend on no placeholder", advice="name its inputs"
        )
    function = function_of(graph_def, tensors_of(graph_def, written, "input"), outputs)
    return open_function(function, name=name, owner=function)


def read_graph_def(path: Path) -> Any:
    """The graph in a file. Raises SourceError for a missing, truncated or foreign one."""
    import tensorflow as tf

    graph_def = tf.compat.v1.GraphDef()
    if not path.is_file():
        raise SourceError(f"{path} does not exist", advice="name a .pb file")
    with refusing(f"{path} is no frozen graph, or cut short", advice=_COPY_AGAIN):
        graph_def.ParseFromString(path.read_bytes())
    if not graph_def.node:
        raise SourceError(f"{path} holds no graph", advice="name a .pb file with a GraphDef in it")
    return graph_def
