"""The config of a Keras 3 model as Keras 2 writes it, which TensorFlow.js can read.

Pure: dicts in, dicts out. What the two differ in are the types of tensors (``DTypePolicy``), the
shapes of inputs, the way in which layers are joined, and arguments that only one of them has.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any, TypeAlias

from sizewise.errors import ConversionError, UnsupportedOpError

Accepts: TypeAlias = Callable[[str], Container[str] | None]
"""The arguments of a Keras 2 class by its name, or None where there is no such class."""

_MODELS = frozenset(["Functional", "Model", "Sequential"])
_RENAMED_ACTIVATIONS = {"silu": "swish"}


def keras2_config(kind: str, config: Mapping[str, Any], accepts: Accepts) -> dict[str, Any]:
    """The config of a Keras 3 object of the class ``kind``, for the Keras 2 class of that name.

    Arguments that the Keras 2 class does not have are left out: whether they mattered shows when
    outputs are compared. Raises UnsupportedOpError, with the layer's name, for a class that Keras
    2 lacks, and ConversionError for layers that are joined in a way that it cannot write down.
    """
    if kind in _MODELS:
        return _model(kind, config, accepts)
    known = accepts(kind)
    if known is None:
        raise _lacking(kind, config.get("name", kind), f"of the class {kind}", _OR_TEACH_IT)
    renamed = {_renamed(key): _value(value, accepts) for key, value in config.items()}
    for key in ("activation", "recurrent_activation"):
        if isinstance(renamed.get(key), str):
            renamed[key] = _RENAMED_ACTIVATIONS.get(renamed[key], renamed[key])
    if kind == "Bidirectional":
        # Made of the layer by Keras 2 and TensorFlow.js alike, which then agree on its name.
        renamed.pop("backward_layer", None)
    return {key: value for key, value in renamed.items() if key in known}


_USE_GRAPH = "use the target tfjs, which takes any model"
_OR_TEACH_IT = f"{_USE_GRAPH}, or bring the class in JavaScript, as a custom op"


def _lacking(kind: str, name: str, what: str, advice: str = _USE_GRAPH) -> UnsupportedOpError:
    return UnsupportedOpError(
        f"layer {name!r} is {what}, which Keras 2 lacks, and TensorFlow.js reads models of Keras 2 "
        "only",
        advice=advice,
        ops={kind: [name]},
    )


def _model(kind: str, config: Mapping[str, Any], accepts: Accepts) -> dict[str, Any]:
    if kind == "Sequential":
        layers = [_layer(layer, frozenset(), accepts) for layer in config["layers"]]
        return {
            "name": config["name"],
            "layers": [{key: layer[key] for key in ("class_name", "config")} for layer in layers],
        }
    inner = frozenset(each["name"] for each in config["layers"] if each["class_name"] in _MODELS)
    return {
        "name": config["name"],
        "trainable": config.get("trainable", True),
        "layers": [_layer(layer, inner, accepts) for layer in config["layers"]],
        "input_layers": _references(config["input_layers"], inner),
        "output_layers": _references(config["output_layers"], inner),
    }


def _layer(layer: Mapping[str, Any], inner: frozenset[str], accepts: Accepts) -> dict[str, Any]:
    name = layer.get("name", layer["config"].get("name"))
    if ".ops." in str(layer.get("module")):
        raise _lacking(layer["class_name"], name, f"the operation {layer['class_name']}")
    return {
        "class_name": layer["class_name"],
        "config": keras2_config(layer["class_name"], layer["config"], accepts),
        "name": name,
        "inbound_nodes": [_node(node, name, inner) for node in layer.get("inbound_nodes", ())],
    }


def _renamed(key: str) -> str:
    return "batch_input_shape" if key == "batch_shape" else key


def _value(value: Any, accepts: Accepts) -> Any:
    """A value of a config: an object of Keras, or plain data."""
    if isinstance(value, list | tuple):
        return [_value(item, accepts) for item in value]
    if not isinstance(value, Mapping):
        return value
    if "class_name" not in value:
        return {key: _value(item, accepts) for key, item in value.items()}
    kind, config = value["class_name"], value.get("config")
    if kind == "DTypePolicy":
        return value["config"]["name"]
    if not isinstance(config, Mapping):
        # A function, such as an activation of one's own.
        return config
    return {"class_name": kind, "config": keras2_config(kind, config, accepts)}


def _node(node: Mapping[str, Any], name: str, inner: frozenset[str]) -> list[list[Any]]:
    """One call of a layer: the tensors that it is given, in order."""
    arguments, keywords = node["args"], node.get("kwargs", {})
    others = [*arguments[1:], *(value for key, value in keywords.items() if key != "training")]
    tensors = arguments[0] if arguments and isinstance(arguments[0], list) else arguments[:1]
    if any(value is not None for value in others) or not all(map(_is_tensor, tensors)):
        raise ConversionError(
            f"layer {name!r} is called with more than a tensor or a list of tensors, which "
            "TensorFlow.js cannot read",
            advice=_USE_GRAPH,
        )
    return [[*_place(tensor["config"]["keras_history"], inner), {}] for tensor in tensors]


def _place(place: Sequence[Any], inner: frozenset[str]) -> list[Any]:
    """``[layer, call, tensor]``. The calls of a model inside the model count from 1 in Keras 2,
    where its own construction is call 0.
    """
    layer, call, tensor = place
    return [layer, call + 1 if layer in inner else call, tensor]


def _is_tensor(value: Any) -> bool:
    return isinstance(value, Mapping) and value.get("class_name") == "__keras_tensor__"


def _references(places: Any, inner: frozenset[str]) -> list[Any]:
    """The place of each input or output; one alone may stand without a list."""
    if isinstance(places, Mapping):
        places = list(places.values())
    if places and isinstance(places[0], str):
        places = [places]
    return [_place(place, inner) for place in places]
