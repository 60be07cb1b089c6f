"""A ``GraphDef`` becomes a concrete function again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from sizewise.errors import SourceError, did_you_mean
from sizewise.models.faults import refusing
from sizewise.models.names import unique_names

_VARIABLE_OPS = frozenset(["VarHandleOp", "Variable", "VariableV2"])

UNSAFE_OPS = frozenset(
    {
        *("ReadFile", "WriteFile", "MatchingFiles", "DebugIdentity", "DebugIdentityV2"),
        *("DebugIdentityV3", "PyFunc", "PyFuncStateless", "EagerPyFunc", "RemoteCall"),
        *("TFRecordDataset", "TFRecordDatasetV2", "TextLineDataset", "SqlDataset"),
        *("FixedLengthRecordDataset", "FixedLengthRecordDatasetV2", "SnapshotDatasetV2"),
        *("WholeFileReader", "WholeFileReaderV2", "TextLineReader", "TextLineReaderV2"),
        *("TFRecordReader", "TFRecordReaderV2", "LMDBReader", "SaveDataset", "SaveDatasetV2"),
        *("CreateSummaryFileWriter", "CreateSummaryDbWriter", "LoadDataset"),
    }
)
"""Ops of TensorFlow that touch files, other machines or Python when they run."""


def function_of(graph_def: Any, inputs: Mapping[str, str], outputs: Mapping[str, str]) -> Any:
    """A concrete function of ``graph_def``; ``inputs`` and ``outputs`` give each its tensor.

    Node names stay as they are. Raises SourceError for a graph with variables or with an op
    that TensorFlow does not know, and where the outputs need a placeholder that is no input.
    """
    import tensorflow as tf

    refuse_variables(graph_def)
    refuse_unsafe_ops(graph_def)
    renamed = with_own_functions(graph_def)
    with refusing(
        "TensorFlow cannot import the graph", advice="ops of other libraries are not known to it"
    ):
        wrapped = tf.compat.v1.wrap_function(
            lambda: tf.compat.v1.import_graph_def(renamed, name=""), []
        )
    feeds = {name: _tensor(wrapped.graph, inputs[name]) for name in sorted(inputs)}
    fetches = {name: _tensor(wrapped.graph, outputs[name]) for name in sorted(outputs)}
    specs = {name: tf.TensorSpec(feed.shape, feed.dtype, name) for name, feed in feeds.items()}
    with refusing(
        "the outputs cannot be computed from the inputs",
        advice="name every placeholder that they depend on as an input",
    ):
        return wrapped.prune(
            feeds=list(feeds.values()),
            fetches=fetches,
            input_signature=((), specs),
            are_keyword_args_also_positional=True,
        )


def _tensor(graph: Any, name: str) -> Any:
    try:
        return graph.get_tensor_by_name(name)
    except KeyError as error:
        node = name.partition(":")[0]
        raise SourceError(
            f"the graph has no tensor {name!r}", advice=f"the first output of {node} is {node}:0"
        ) from error


def with_own_functions(graph_def: Any) -> Any:
    """A copy of ``graph_def`` whose functions have names of their own.

    TensorFlow keeps the functions of all graphs in one place, and graphs of one origin have
    other functions under equal names. The same functions always get the same names.
    """
    if not graph_def.library.function:
        return graph_def
    suffix = hashlib.sha256(graph_def.library.SerializeToString(deterministic=True)).hexdigest()
    names = {
        function.signature.name: f"{function.signature.name}_{suffix[:12]}"
        for function in graph_def.library.function
    }
    copy = type(graph_def)()
    copy.CopyFrom(graph_def)
    del copy.library.gradient[:]
    for function in copy.library.function:
        function.signature.name = names[function.signature.name]
        _rename_calls(function.node_def, names)
    _rename_calls(copy.node, names)
    return copy


def _rename_calls(nodes: Any, names: Mapping[str, str]) -> None:
    for node in nodes:
        node.op = names.get(node.op, node.op)
        for attribute in node.attr.values():
            called = [*attribute.list.func]
            if attribute.HasField("func"):
                called.append(attribute.func)
            for each in called:
                each.name = names.get(each.name, each.name)


def refuse_variables(graph_def: Any) -> None:
    """Raise SourceError where a graph is not frozen."""
    for node in graph_def.node:
        if node.op in _VARIABLE_OPS:
            raise SourceError(
                f"the graph is not frozen: {node.name} is a variable",
                advice="freeze it first, or name the SavedModel that it was saved with",
            )


def refuse_unsafe_ops(graph_def: Any) -> None:
    """Raise SourceError where a graph, or a function of it, has an op that does not only compute:
    one of ``UNSAFE_OPS``, or one that prints to a file.
    """
    functions = (function.node_def for function in graph_def.library.function)
    for nodes in (graph_def.node, *functions):
        for node in nodes:
            prints = node.op == "PrintV2" and node.attr["output_stream"].s.startswith(b"file:")
            if node.op in UNSAFE_OPS or prints:
                raise SourceError(
                    f"the graph has an op that does more than compute: {node.op}, {node.name}",
                    advice="export the model without what reads or writes files",
                )


def tensors_of(graph_def: Any, written: tuple[str, ...], what: str) -> dict[str, str]:
    """The tensors (``x:0``) that ``written`` names, as nodes or tensors, by name.

    Raises SourceError for a name that is not in the graph.
    """
    known = {node.name for node in graph_def.node}
    tensors = [name if ":" in name else f"{name}:0" for name in written]
    for tensor in tensors:
        node, _, number = tensor.partition(":")
        if node not in known:
            raise SourceError(
                f"the graph has no {what} {node!r}", advice=did_you_mean(node, sorted(known))
            )
        if not number.isdecimal():
            raise SourceError(f"{tensor!r} is no {what}", advice=f"write {node} or {node}:0")
    return dict(zip(unique_names(written), tensors, strict=True))


def placeholders(graph_def: Any, outputs: Mapping[str, str]) -> tuple[str, ...]:
    """The placeholders that ``outputs`` depend on, in the order of the graph."""
    needed = reachable(graph_def, outputs.values())
    return tuple(
        node.name for node in graph_def.node if node.op == "Placeholder" and node.name in needed
    )


def reachable(graph_def: Any, tensors: Iterable[str]) -> set[str]:
    """Names of the nodes that ``tensors`` depend on."""
    by_name = {node.name: node for node in graph_def.node}
    seen: set[str] = set()
    pending = list(tensors)
    while pending:
        name = pending.pop().removeprefix("^").partition(":")[0]
        if name in by_name and name not in seen:
            seen.add(name)
            pending.extend(by_name[name].input)
    return seen
