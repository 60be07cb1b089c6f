"""A TensorFlow function in memory, as an open model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sizewise.domain import OpenModel
from sizewise.errors import SourceError
from sizewise.models.faults import refusing
from sizewise.models.names import unique_names
from sizewise.models.signatures import DEFAULT_SIGNATURE, signature_of

_DENSE = (
    "a model takes and gives dense tensors only: turn them with tf.sparse.to_dense or .to_tensor()"
)


def open_function(
    function: Any, *, name: str, owner: Any, signature: str = DEFAULT_SIGNATURE
) -> OpenModel:
    """A concrete function as it is, or with a shell of names around it where it takes
    positions or structures, or gives no dict: see ``by_names``.
    """
    import tensorflow as tf

    named = by_names(function)
    return OpenModel(
        name=name,
        signature=signature_of(named, signature),
        function=named,
        owner=owner,
        tensorflow_version=tf.__version__,
    )


def by_names(function: Any) -> Any:
    """A concrete function that takes tensors by keyword and gives a dict of tensors.

    Inputs are called as the arguments are, parts of a structure as TensorFlow calls their
    tensors. Outputs are called as ``named_outputs`` says. Raises SourceError for inputs or
    outputs that are no dense tensors.
    """
    if _is_by_names(function):
        return function
    return traced(function, function.structured_input_signature)


def _is_by_names(function: Any) -> bool:
    import tensorflow as tf

    arguments, keywords = function.structured_input_signature
    outputs = function.structured_outputs
    return (
        not arguments
        and all(isinstance(spec, tf.TensorSpec) for spec in keywords.values())
        and isinstance(outputs, Mapping)
        and all(isinstance(output, tf.Tensor | tf.TensorSpec) for output in outputs.values())
    )


def traced(call: Callable[..., Any], structure: Any) -> Any:
    """A concrete function around ``call``, by names on both sides.

    ``structure`` is ``(positional arguments, keyword arguments)`` with a ``TensorSpec`` in the
    place of each tensor; what else is in it is passed on as it is.
    """
    import tensorflow as tf

    leaves = tf.nest.flatten(structure)
    if unfit := next(
        (leaf for leaf in leaves if isinstance(leaf, tf.TypeSpec) and not _fits(leaf)), None
    ):
        raise SourceError(f"an input is a {type(unfit).__name__}", advice=_DENSE)
    places = [place for place, leaf in enumerate(leaves) if isinstance(leaf, tf.TensorSpec)]
    names = unique_names(leaves[place].name or "input" for place in places)

    def named(**inputs: Any) -> dict[str, Any]:
        filled = list(leaves)
        for place, name in zip(places, names, strict=True):
            filled[place] = inputs[name]
        arguments, keywords = tf.nest.pack_sequence_as(structure, filled)
        return named_outputs(call(*arguments, **keywords))

    specs = {
        name: tf.TensorSpec(leaves[place].shape, leaves[place].dtype, name)
        for place, name in zip(places, names, strict=True)
    }
    with refusing(
        "TensorFlow cannot trace the function", advice="call it once to see where it fails"
    ):
        return tf.function(named, autograph=False).get_concrete_function(**specs)


def _fits(spec: Any) -> bool:
    import tensorflow as tf

    return isinstance(spec, tf.TensorSpec)


def named_outputs(result: Any) -> dict[str, Any]:
    """What a function returns, as tensors by name.

    Dicts and named tuples have names already; other tensors are ``output_0``, ``output_1``, as
    in a SavedModel; parts of a structure get the name of the whole and a number. None is left
    out. Raises SourceError for sparse and ragged tensors.
    """
    import tensorflow as tf

    found = [(name, leaf) for name, leaf in _leaves(result) if leaf is not None]
    for name, leaf in found:
        if isinstance(leaf, tf.SparseTensor | tf.RaggedTensor | tf.IndexedSlices):
            raise SourceError(f"the output {name} is a {type(leaf).__name__}", advice=_DENSE)
    names = unique_names(name for name, _ in found)
    return {name: tf.convert_to_tensor(leaf) for name, (_, leaf) in zip(names, found, strict=True)}


def _leaves(result: Any) -> Iterator[tuple[str, Any]]:
    import tensorflow as tf

    if hasattr(result, "_asdict"):
        result = result._asdict()
    if isinstance(result, Mapping):
        parts = [(str(key), value) for key, value in result.items()]
    elif isinstance(result, list | tuple):
        parts = [(f"output_{index}", value) for index, value in enumerate(result)]
    else:
        parts = [("output_0", result)]
    for name, value in parts:
        if tf.nest.is_nested(value):
            inner = tf.nest.flatten(value)
            yield from ((f"{name}_{index}", leaf) for index, leaf in enumerate(inner))
        else:
            yield name, value
