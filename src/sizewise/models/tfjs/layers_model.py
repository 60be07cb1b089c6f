"""TF.js layers models: the config of a Keras model, whose weights are in the shards."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sizewise.domain import Array, OpenModel
from sizewise.errors import SourceError
from sizewise.models.faults import refusing
from sizewise.models.keras_file import import_keras, library_of, refuse_code, safe_mode
from sizewise.models.keras_model import open_keras_model
from sizewise.models.tfjs.files import TfjsFile


def open_layers_model(
    file: TfjsFile, weights: Mapping[str, Array], name: str, *, unsafe_lambda: bool = False
) -> OpenModel:
    """The model, built from its config by the Keras that wrote it; tf_keras reads what TF.js
    itself wrote. Weights are found by name: raises SourceError where one is missing or has
    another shape. ``unsafe_lambda`` allows the code of Lambda layers.
    """
    config = file.topology.get("model_config", file.topology)
    library = library_of(str(file.topology.get("keras_version", "2")))
    keras = import_keras(library)
    refuse_code(config, file.path, keras, unsafe_lambda=unsafe_lambda)
    with (
        refusing(
            f"{library} cannot build the model of {file.path}",
            advice="if it has layers of your own, convert it to a graph model instead",
        ),
        safe_mode(keras, on=not unsafe_lambda),
    ):
        model = keras.models.model_from_json(json.dumps(config))
    model.set_weights([_weight(file, weights, variable) for variable in _variables(model)])
    return open_keras_model(model, name=name)


def _variables(model: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Each variable of ``model.weights``, with the names that writers give to it."""
    numbered = {
        id(variable): f"{layer.name}/{index}"
        for layer in model.layers
        for index, variable in enumerate(layer.weights)
    }
    for variable in model.weights:
        name = getattr(variable, "path", variable.name).partition(":")[0]
        parts = name.split("/")
        # Some writers leave the name of a recurrent layer's cell out, or number the weights.
        shorter = "/".join([*parts[:-2], parts[-1]])
        yield (name, shorter, numbered.get(id(variable), name)), variable


def _weight(
    file: TfjsFile, weights: Mapping[str, Array], variable: tuple[tuple[str, ...], Any]
) -> Array:
    names, wanted = variable
    found = next((name for name in names if name in weights), None)
    if found is None:
        raise SourceError(
            f"the weights manifest of {file.path} has no weight {names[0]!r}",
            advice="write the model again with TF.js or its converter",
        )
    if tuple(weights[found].shape) != tuple(wanted.shape):
        raise SourceError(
            f"the weight {found!r} of {file.path} is {list(weights[found].shape)}, "
            f"its layer takes {list(wanted.shape)}",
            advice="write the model again with TF.js or its converter",
        )
    return weights[found]
