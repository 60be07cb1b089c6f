"""Models in memory: functions, modules and Keras models, opened as they are.

Nothing is saved and loaded again on the way.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from sizewise.domain import OpenModel
from sizewise.errors import SourceError, did_you_mean
from sizewise.models.faults import refusing
from sizewise.models.functions import open_function, traced
from sizewise.models.keras_model import open_keras_model
from sizewise.models.signatures import DEFAULT_SIGNATURE, choose_signature

_TAKEN = (
    "give a keras.Model, a tf.Module, a tf.function, a ConcreteFunction or what "
    "tf.saved_model.load returns"
)
_FIX = (
    "pass input_signature=[tf.TensorSpec(...)], or write it into @tf.function(input_signature=...)"
)


def open_object(
    thing: Any,
    *,
    name: str = "model",
    signature: str | None = None,
    input_signature: Sequence[Any] | Mapping[str, Any] | None = None,
) -> OpenModel:
    """Open a model that is in memory; ``thing`` stays the owner of its variables.

    ``thing`` is a ``keras.Model`` of either Keras, a ``tf.Module``, a loaded SavedModel, a
    ``tf.function``, a ``ConcreteFunction``, or any callable of tensors. ``signature`` names the
    function of a module (its ``__call__`` if left out) or the signature of a loaded SavedModel.
    ``input_signature`` gives a ``tf.TensorSpec`` for each argument, by position or by name,
    where the object does not say itself what it takes.

    Raises SourceError where it is not known what the function takes, and for what is no model.
    """
    import tensorflow as tf

    if _is_keras_model(thing):
        return open_keras_model(
            thing, name=name, signature=signature, input_signature=input_signature
        )
    chosen = signature or DEFAULT_SIGNATURE
    if isinstance(thing, tf.types.experimental.ConcreteFunction):
        function = thing
    elif _is_function(thing):
        function = _concrete(thing, input_signature)
    elif known := _loaded_signatures(thing):
        chosen = choose_signature(sorted(known), signature)
        function = known[chosen]
    elif isinstance(thing, tf.Module):
        function = _of_module(thing, signature, input_signature)
    elif callable(thing) and not isinstance(thing, type):
        function = _of_callable(thing, input_signature)
    else:
        raise SourceError(f"a {type(thing).__name__} is no model", advice=_TAKEN)
    return open_function(function, name=name, owner=thing, signature=chosen)


def _is_keras_model(thing: Any) -> bool:
    """Whether it is a model of a Keras: if it is, that Keras has been imported."""
    loaded = [sys.modules[name] for name in ("keras", "tf_keras") if name in sys.modules]
    return any(isinstance(thing, keras.Model) for keras in loaded)


def _is_function(thing: Any) -> bool:
    import tensorflow as tf

    return isinstance(thing, tf.types.experimental.PolymorphicFunction)


def _loaded_signatures(thing: Any) -> Mapping[str, Any]:
    signatures = getattr(thing, "signatures", None)
    return signatures if isinstance(signatures, Mapping) else {}


def _concrete(function: Any, input_signature: Any) -> Any:
    """The one concrete function that a ``tf.function`` stands for."""
    restored: Sequence[Any] = getattr(function, "concrete_functions", ())
    if input_signature is None and len(restored) == 1:
        return restored[0]
    if input_signature is None and getattr(function, "input_signature", None) is None:
        raise SourceError(
            f"the function {_name_of(function)} has no fixed input signature", advice=_FIX
        )
    arguments, keywords = _arguments(input_signature)
    with refusing(
        f"TensorFlow cannot trace the function {_name_of(function)}",
        advice="call it with tensors of its input signature to see where it fails",
    ):
        return function.get_concrete_function(*arguments, **keywords)


def _of_module(module: Any, signature: str | None, input_signature: Any) -> Any:
    known = _functions_of(module)
    wanted = "__call__" if signature in (None, DEFAULT_SIGNATURE) else signature
    if wanted in known:
        return _concrete(known[wanted], input_signature)
    method = getattr(module, str(wanted), None)
    if callable(method) and input_signature is not None:
        return _of_callable(method, input_signature)
    if signature in (None, DEFAULT_SIGNATURE):
        if len(known) == 1:
            return _concrete(next(iter(known.values())), input_signature)
        raise SourceError(
            f"the module {type(module).__name__} has no __call__ that is a tf.function"
            + (f"; its functions are {', '.join(known)}" if known else ""),
            advice="name one as signature" if known else _FIX,
        )
    raise SourceError(
        f"the module {type(module).__name__} has no tf.function {wanted!r}",
        advice=did_you_mean(str(wanted), known) if known else _FIX,
    )


def _functions_of(module: Any) -> dict[str, Any]:
    """The tf.functions among a module's attributes; no property of it is run for that."""
    import tensorflow as tf

    kinds = tf.types.experimental.PolymorphicFunction | tf.types.experimental.ConcreteFunction
    return {
        name: getattr(module, name)
        for name in dir(module)
        if isinstance(inspect.getattr_static(module, name), kinds)
    }


def _of_callable(call: Any, input_signature: Any) -> Any:
    if input_signature is None:
        raise SourceError(
            f"the function {_name_of(call)} has no fixed input signature", advice=_FIX
        )
    return traced(call, _arguments(input_signature))


def _arguments(input_signature: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    if isinstance(input_signature, Mapping):
        return (), dict(input_signature)
    return tuple(input_signature or ()), {}


def _name_of(function: Any) -> str:
    inner = getattr(function, "python_function", function)
    return str(getattr(inner, "__name__", type(inner).__name__))
