"""SavedModel folders, of TensorFlow 2 and 1."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sizewise.domain import SAVED_MODEL_FILES, OpenModel, Signature, Source, TensorSpec
from sizewise.errors import SourceError, UnsupportedOpError
from sizewise.models.faults import refusing
from sizewise.models.graph_def import refuse_unsafe_ops
from sizewise.models.needed import keep_needed
from sizewise.models.signatures import choose_signature, shape_of, signature_of

_INTERNAL = "__saved_model"
_SERVING = ("serve",)
_COPY_AGAIN = "copy the SavedModel again, whole"
_VARIABLE_OPS = frozenset(["VarHandleOp", "Variable", "VariableV2"])
_TABLE_OPS = frozenset(["HashTable", "HashTableV2", "MutableHashTable", "MutableHashTableV2"])


def describe(source: Source, signature: str | None) -> Signature:
    """The signature as the protobuf has it; variables are measured, not loaded."""
    folder = Path(source.location)
    meta_graph = _chosen_graph(folder, source.tags)
    refuse_unsafe_ops(meta_graph.graph_def)
    chosen = choose_signature(_signature_names(meta_graph), signature)
    _check_variables(folder, meta_graph)
    definition = meta_graph.signature_def[chosen]
    return Signature(
        chosen, inputs=_tensors(definition.inputs), outputs=_tensors(definition.outputs)
    )


def signatures(source: Source) -> tuple[str, ...]:
    """The names of all signatures, in the order of the alphabet."""
    return tuple(sorted(_signature_names(_chosen_graph(Path(source.location), source.tags))))


def open_source(source: Source, signature: str | None, name: str) -> OpenModel:
    """Load the folder; the function is the loaded signature itself, nothing around it.

    ``owner`` is what was loaded: its tables and other resources are found from there. Raises
    UnsupportedOpError for tables of TensorFlow 1, which are nodes of the graph.
    """
    folder = Path(source.location)
    meta_graph = _chosen_graph(folder, source.tags)
    refuse_unsafe_ops(meta_graph.graph_def)
    chosen = choose_signature(_signature_names(meta_graph), signature)
    with refusing(f"{folder} cannot be opened", advice=_COPY_AGAIN):
        loaded = _loaded(folder, meta_graph, chosen)
        function = loaded.signatures[chosen]
    _refuse_tables(folder, function)
    return OpenModel(
        name=name,
        signature=signature_of(function, chosen),
        function=function,
        owner=loaded,
        tensorflow_version=meta_graph.meta_info_def.tensorflow_version,
    )


def _loaded(folder: Path, meta_graph: Any, signature: str) -> Any:
    """What ``tf.saved_model.load`` gives, without what ``signature`` does not need.

    ``meta_graph`` is used up.
    """
    import tensorflow as tf
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel
    from tensorflow.python.saved_model import load as upstream

    if not meta_graph.HasField("object_graph_def"):
        return tf.saved_model.load(str(folder), tags=list(meta_graph.meta_info_def.tags))
    keep_needed(meta_graph, signature)
    with tf.init_scope():
        loader = upstream.Loader(
            meta_graph.object_graph_def,
            SavedModel(meta_graphs=[meta_graph]),
            str(folder),
            tf.train.CheckpointOptions(),
            tf.saved_model.LoadOptions(),
            filters=None,
        )
    return loader.get(0)


def _refuse_tables(folder: Path, function: Any) -> None:
    """Raise UnsupportedOpError where the function makes tables that nothing in it fills."""
    tables = [op for op in function.graph.get_operations() if op.type in _TABLE_OPS]
    if tables:
        users = {kind: [op.name for op in tables if op.type == kind] for kind in _TABLE_OPS}
        raise UnsupportedOpError(
            f"{folder} looks words up in a table of TensorFlow 1 ({tables[0].name}), which is part "
            "of its graph and is filled by another one",
            advice="make the model again in TensorFlow 2, with a tf.lookup.StaticHashTable",
            ops={kind: names for kind, names in users.items() if names},
        )


def _chosen_graph(folder: Path, tags: tuple[str, ...]) -> Any:
    """The graph of a SavedModel with exactly these tags; without tags the only graph, or of
    several the one that is tagged for serving.
    """
    from tensorflow.python.saved_model.loader_impl import parse_saved_model

    if not any((folder / name).is_file() for name in SAVED_MODEL_FILES):
        raise SourceError(
            f"{folder} is no SavedModel: it has no saved_model.pb",
            advice="name the folder that holds saved_model.pb and variables/",
        )
    with refusing(f"the protobuf of {folder} cannot be read", advice=_COPY_AGAIN):
        graphs = list(parse_saved_model(str(folder)).meta_graphs)
    if not graphs:
        raise SourceError(f"{folder} holds no graph", advice=_COPY_AGAIN)
    if not tags and len(graphs) == 1:
        return graphs[0]
    wanted = set(tags or _SERVING)
    for graph in graphs:
        if set(graph.meta_info_def.tags) == wanted:
            return graph
    known = " or ".join(f"[{', '.join(graph.meta_info_def.tags)}]" for graph in graphs)
    raise SourceError(
        f"{folder} holds no graph with the tags [{', '.join(sorted(wanted))}]",
        advice=f"write tags: {known}",
    )


def _signature_names(meta_graph: Any) -> list[str]:
    return [name for name in meta_graph.signature_def if not name.startswith(_INTERNAL)]


def _tensors(infos: Any) -> tuple[TensorSpec, ...]:
    import tensorflow as tf

    return tuple(
        TensorSpec(
            name=name,
            tensor=infos[name].name,
            dtype=tf.dtypes.as_dtype(infos[name].dtype).name,
            shape=shape_of(tf.TensorShape(infos[name].tensor_shape)),
        )
        for name in sorted(infos)
    )


def _check_variables(folder: Path, meta_graph: Any) -> None:
    """Raise SourceError where variables are missing or their files are shorter than they are."""
    import tensorflow as tf

    prefix = folder / "variables" / "variables"
    if not prefix.with_suffix(".index").is_file():
        if any(node.op in _VARIABLE_OPS for node in meta_graph.graph_def.node):
            raise SourceError(
                f"{folder} has no variables/variables.index",
                advice="copy the whole folder, variables/ included",
            )
        return
    with refusing(f"the variables of {folder} cannot be read", _COPY_AGAIN):
        checkpoint = tf.train.load_checkpoint(str(prefix))
        dtypes = checkpoint.get_variable_to_dtype_map()
        shapes = checkpoint.get_variable_to_shape_map()
    needed = sum(
        dtype.size * tf.TensorShape(shapes[name]).num_elements()
        for name, dtype in dtypes.items()
        if dtype != tf.string
    )
    stored = sum(shard.stat().st_size for shard in prefix.parent.glob("variables.data-*"))
    if stored < needed:
        raise SourceError(
            f"the variables of {folder} are cut short: {stored} bytes of at least {needed}",
            advice=_COPY_AGAIN,
        )
