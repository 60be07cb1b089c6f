"""SavedModel folders, of TensorFlow 2 and 1."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sizewise.domain import ModelSpec, OpenModel, Signature, TensorSpec
from sizewise.errors import SourceError, did_you_mean
from sizewise.models.faults import refusing
from sizewise.models.signatures import DEFAULT_SIGNATURE, shape_of, signature_of

_INTERNAL = "__saved_model"
_VARIABLE_OPS = frozenset(["VarHandleOp", "Variable", "VariableV2"])


def describe(spec: ModelSpec) -> Signature:
    """The signature as the protobuf has it; variables are measured, not loaded."""
    folder = Path(spec.source.location)
    meta_graph = _serving_graph(folder)
    name = choose_signature(_signature_names(meta_graph), spec.signature)
    _check_variables(folder, meta_graph)
    definition = meta_graph.signature_def[name]
    return Signature(name, inputs=_tensors(definition.inputs), outputs=_tensors(definition.outputs))


def open_source(spec: ModelSpec) -> OpenModel:
    """Load the folder; the function is the loaded signature itself, nothing around it."""
    import tensorflow as tf

    folder = Path(spec.source.location)
    meta_graph = _serving_graph(folder)
    with refusing(f"{folder} cannot be opened"):
        loaded = tf.saved_model.load(str(folder), tags=list(meta_graph.meta_info_def.tags))
    name = choose_signature(_signature_names(meta_graph), spec.signature)
    function = loaded.signatures[name]
    return OpenModel(
        spec=spec,
        signature=signature_of(function, name),
        function=function,
        owner=loaded,
        tensorflow_version=loaded.tensorflow_version,
    )


def choose_signature(known: list[str], wanted: str | None) -> str:
    """``wanted``; without it ``serving_default``, or the only one there is.

    Raises SourceError where there is no such signature, or none that goes without saying.
    """
    if not known:
        raise SourceError(
            "the SavedModel has no signature",
            advice="save it with tf.saved_model.save(model, folder, signatures=...)",
        )
    if wanted is not None:
        if wanted not in known:
            raise SourceError(
                f"the SavedModel has no signature {wanted!r}; it has {', '.join(sorted(known))}",
                advice=did_you_mean(wanted, sorted(known)),
            )
        return wanted
    if DEFAULT_SIGNATURE in known:
        return DEFAULT_SIGNATURE
    if len(known) > 1:
        raise SourceError(
            f"the SavedModel has several signatures, none of them {DEFAULT_SIGNATURE}",
            advice=f"name one with signature: {' or '.join(sorted(known))}",
        )
    return known[0]


def _serving_graph(folder: Path) -> Any:
    """The only graph of a SavedModel, or of several the one that is tagged for serving."""
    from tensorflow.python.saved_model.loader_impl import parse_saved_model

    if not (folder / "saved_model.pb").is_file() and not (folder / "saved_model.pbtxt").is_file():
        raise SourceError(
            f"{folder} is no SavedModel: it has no saved_model.pb",
            advice="name the folder that holds saved_model.pb and variables/",
        )
    with refusing(
        f"the protobuf of {folder} cannot be read", advice="copy the SavedModel again, whole"
    ):
        graphs = list(parse_saved_model(str(folder)).meta_graphs)
    if len(graphs) > 1:
        graphs = [graph for graph in graphs if set(graph.meta_info_def.tags) == {"serve"}]
    if not graphs:
        raise SourceError(
            f"{folder} holds no graph with the tag serve",
            advice="copy the SavedModel again, whole, or save it with that tag",
        )
    return graphs[0]


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
    advice = "copy the SavedModel again, whole"
    with refusing(f"the variables of {folder} cannot be read", advice):
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
            advice=advice,
        )
