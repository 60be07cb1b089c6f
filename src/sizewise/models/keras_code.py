"""What the config of a Keras model would execute or read besides Keras's own layers.

Opening a config makes an object of every ``class_name`` in it. ``safe_mode`` refuses marshalled
Python, but tf_keras ignores it for HDF5 files, imports whatever ``module`` a config names, and
calls any symbol of TensorFlow that a ``TFOpLambda`` names with arguments of the config's. So the
config is read first, and what is not known to be harmless is refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sizewise.models.graph_def import UNSAFE_OPS

_LAMBDAS = frozenset({"Lambda", "__lambda__"})
_PLAIN = frozenset(
    {
        *("__tensor__", "__numpy__", "__bytes__", "__ellipsis__", "__slice__", "__tuple__"),
        *("__keras_tensor__", "CompositeTensor", "TensorShape"),
    }
)
"""Values, and no objects that are made by a constructor."""

_FOREIGN_CODE = frozenset(
    {"TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer", "__typespec__"}
)
"""Layers around other files, pickles or marshalled code, and types of any module."""

_LOOKUPS = frozenset({"StringLookup", "IntegerLookup", "IndexLookup", "TextVectorization"})

_OF_CLASSES = frozenset(
    {
        *("layers", "models", "initializers", "regularizers", "constraints", "activations"),
        *("losses", "metrics", "optimizers", "ops", "random", "quantizers"),
        *("dtype_policies", "mixed_precision"),
    }
)
"""Packages of Keras whose classes are made of numbers and each other alone."""

_INTERNAL = _OF_CLASSES | {"engine"}
_OF_FUNCTIONS = frozenset(
    {*("activations", "initializers", "regularizers", "constraints"), *("losses", "metrics", "ops")}
)
_READERS = frozenset({"deserialize", "get", "serialize"})
"""Functions of these packages that make objects of a config of their own."""

_APPLICATION_LAYERS = frozenset({"LayerScale"})
_SHORT_NAMES = frozenset({"l1", "l2", "l1_l2"})
"""The only classes with names in lower case, of old files."""

_OP_PACKAGES = frozenset(
    {
        *("__operators__", "bitwise", "image", "linalg", "math", "nn", "quantization"),
        *("ragged", "random", "sets", "signal", "sparse", "strings"),
        *("keras.activations", "keras.backend", "keras.losses", "keras.metrics"),
    }
)
_OPS = frozenset(
    {
        *("abs", "acos", "acosh", "add", "add_n", "argmax", "argmin", "argsort", "as_string"),
        *("asin", "asinh", "atan", "atan2", "atanh", "batch_to_space", "bitcast"),
        *("boolean_mask", "broadcast_to", "cast", "clip_by_norm", "clip_by_value", "complex"),
        *("concat", "convert_to_tensor", "cos", "cosh", "cumsum", "depth_to_space", "divide"),
        *("einsum", "ensure_shape", "equal", "exp", "expand_dims", "expand_dims_v2", "eye"),
        *("fill", "floor", "gather", "gather_nd", "greater", "greater_equal", "identity"),
        *("less", "less_equal", "linspace", "logical_and", "logical_not", "logical_or"),
        *("matmul", "maximum", "meshgrid", "minimum", "multiply", "negative", "norm"),
        *("not_equal", "one_hot", "ones", "ones_like", "pad", "pow", "range", "rank"),
        *("realdiv", "reduce_all", "reduce_any", "reduce_logsumexp", "reduce_max"),
        *("reduce_mean", "reduce_min", "reduce_prod", "reduce_sum", "repeat", "reshape"),
        *("reverse", "roll", "round", "scalar_mul", "scatter_nd", "searchsorted"),
        *("sequence_mask", "shape", "sigmoid", "sign", "sin", "sinh", "size", "slice"),
        *("sort", "space_to_batch", "space_to_depth", "split", "sqrt", "square", "squeeze"),
        *("stack", "stop_gradient", "strided_slice", "subtract", "tan", "tanh", "tensordot"),
        *("tensor_scatter_nd_add", "tensor_scatter_nd_update", "tile", "transpose"),
        *("truediv", "truncatediv", "truncatemod", "unique", "unstack", "where", "zeros"),
        *("zeros_like", "floordiv", "floormod", "divide_no_nan"),
    }
)
_TENSOR_CLASSES = frozenset({"RaggedTensor", "SparseTensor", "sparse.SparseTensor"})
_TENSOR_MEMBERS = frozenset(
    {
        *("bounding_shape", "dense_shape", "dtype", "flat_values", "get_shape", "indices"),
        *("merge_dims", "nested_row_splits", "nrows", "ragged_rank", "row_lengths"),
        *("row_limits", "row_splits", "row_starts", "shape", "to_sparse", "to_tensor"),
        *("uniform_row_length", "value_rowids", "values", "with_flat_values", "with_values"),
    }
)


@dataclass(frozen=True, slots=True)
class Danger:
    """Something in a config that would do more than make a layer.

    ``what`` ends a sentence that begins with the file. ``is_lambda``: it is marshalled Python,
    which one may allow.
    """

    what: str
    is_lambda: bool = False


def dangers(config: Any, is_registered: Callable[[str], bool]) -> Iterator[Danger]:
    """All that is refused in a model's config, at any depth of it.

    ``is_registered`` says whether the user's own code has registered a class or a function under
    a name: that may come from any module.
    """
    pending = [config]
    while pending:
        value = pending.pop()
        if isinstance(value, list | tuple):
            pending.extend(reversed(value))
        if not isinstance(value, dict):
            continue
        found = _danger(value, is_registered) if "class_name" in value else None
        if found is not None:
            yield found
        if found is None or not found.is_lambda:
            pending.extend(reversed(value.values()))


def _danger(entry: Mapping[str, Any], is_registered: Callable[[str], bool]) -> Danger | None:
    kind, inner = entry["class_name"], entry.get("config")
    name = inner if kind == "function" else kind
    if not isinstance(name, str):
        return Danger("names a class by something that is no name")
    if kind != "function" and (found := _by_name(name, inner)) is not None:
        return found
    # Where a name of the user's is found first, the module does not matter.
    registered = entry.get("registered_name", name)
    if is_registered(name if kind == "function" or not isinstance(registered, str) else registered):
        return None
    if isinstance(registered, str) and registered.rpartition(">")[2] != name:
        return Danger(f"calls {name!r} {registered!r} as well")
    return _foreign(name, entry.get("module"), is_function=kind == "function")


def _by_name(name: str, inner: Any) -> Danger | None:
    """A layer of Keras's own that does more than compute."""
    settings = inner if isinstance(inner, Mapping) else {}
    called = settings.get("name", name)
    if name in _LAMBDAS:
        code = f"has a Lambda layer, {called!r}, whose code would have to be run to open it"
        return Danger(code, is_lambda=True)
    if name in _FOREIGN_CODE:
        return Danger(f"has a {name}, {called!r}, which opens code or files of its own")
    if name in _LOOKUPS and isinstance(settings.get("vocabulary"), str):
        return Danger(f"has a {name}, {called!r}, which reads the file {settings['vocabulary']!r}")
    return _op(name, settings)


def _foreign(name: str, module: Any, *, is_function: bool) -> Danger | None:
    """A class or a function that is none of those that models are made of."""
    if name in _PLAIN and not is_function:
        return None
    if not name.isidentifier() or name.startswith("_") or name in _READERS:
        return Danger(f"names {name!r}, which is no layer and no function of one")
    if module is not None and not _is_of_keras(name, module, is_function=is_function):
        return Danger(f"names {name!r} of the module {module!r}, which would be imported and run")
    if not is_function and not name[0].isupper() and name not in _SHORT_NAMES:
        return Danger(f"names the class {name!r}, which is none of Keras's")
    return None


def _is_of_keras(name: str, module: Any, *, is_function: bool) -> bool:
    if not isinstance(module, str):
        return False
    package, *rest = module.split(".")
    if is_function:
        return module == "builtins" or (
            package in ("keras", "tf_keras") and len(rest) >= 1 and rest[0] in _OF_FUNCTIONS
        )
    if package not in ("keras", "tf_keras"):
        return False
    if rest[:2] == ["src", "applications"]:
        return name in _APPLICATION_LAYERS
    if rest[:1] == ["src"]:
        return len(rest) > 1 and rest[1] in _INTERNAL
    return not rest or rest[0] in _OF_CLASSES


def _op(name: str, settings: Mapping[str, Any]) -> Danger | None:
    """A layer of tf_keras around a function, a method or an op of TensorFlow."""
    called = settings.get("name", name)
    match name:
        case "TFOpLambda" | "SlicingOpLambda":
            symbol = str(settings.get("function")).removeprefix("compat.v1.")
            package, _, short = symbol.rpartition(".")
            allowed = package in _OP_PACKAGES or (not package and short in _OPS)
        case "ClassMethod":
            symbol = str(settings.get("cls_symbol"))
            allowed = symbol in _TENSOR_CLASSES and not str(
                settings.get("method_name", "_")
            ).startswith("_")
        case "InstanceMethod" | "InstanceProperty":
            symbol = str(settings.get("attr_name"))
            allowed = symbol in _TENSOR_MEMBERS
        case "TensorFlowOpLayer":
            symbol = _op_of_node(settings.get("node_def"))
            allowed = symbol != "" and symbol not in UNSAFE_OPS
        case _:
            return None
    if allowed:
        return None
    return Danger(f"has a layer, {called!r}, that calls {symbol!r}, which is no op of a network")


def _op_of_node(node: Any) -> str:
    try:
        return str(json.loads(node)["op"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""
