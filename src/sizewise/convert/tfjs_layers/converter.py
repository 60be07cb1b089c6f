"""The converter to TF.js layers models."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from sizewise.convert.failure import refusals
from sizewise.convert.tfjs.head import head_of
from sizewise.convert.tfjs.model import TfjsPrepared, write_model
from sizewise.convert.tfjs.weights import Weight, stored_values
from sizewise.convert.tfjs_layers.rebuild import in_keras2
from sizewise.convert.tfjs_layers.supported import readable, refuse_unsupported
from sizewise.domain import (
    DEFAULT_OPTIONS,
    Artifact,
    ConversionOptions,
    Data,
    Encoding,
    Graph,
    Signature,
    Target,
    TensorSpec,
)
from sizewise.errors import ConversionError

_JOINED = frozenset(["Functional", "Sequential"])
"""The classes of models, of either Keras, whose config says how layers are joined."""

REBUILT = "built again in Keras 2, as TensorFlow.js does not read layers of Keras 3"


class TfjsLayersConverter:
    """Writes what the upstream converter writes of a Keras model in memory."""

    target = Target.TFJS_LAYERS

    def prepare(
        self,
        graph: Graph,
        data: Data,  # noqa: ARG002 - the protocol's
        options: ConversionOptions = DEFAULT_OPTIONS,
    ) -> TfjsPrepared:
        """Take the config and the weights of the Keras model that ``graph`` was frozen from.

        Raises ConversionError where there is none, and UnsupportedOpError where TensorFlow.js
        lacks a layer of it; see ``Converter``.
        """
        from tensorflowjs.converters import common

        model = _require_layers(graph.keras_model)
        with refusals("reading the Keras model"):
            notes = (REBUILT,) if _is_keras3(model) else ()
            signature = _in_the_models_order(graph.signature, model)
            written = in_keras2(model, graph.custom_ops) if notes else model
            topology, group = _topology_and_weights(written)
        refuse_unsupported(topology["model_config"], graph.custom_ops)
        head = head_of(common.TFJS_LAYERS_MODEL_FORMAT, f"keras v{topology['keras_version']}")
        if options.metadata:
            head[common.USER_DEFINED_METADATA_KEY] = dict(options.metadata)
        head[common.ARTIFACT_MODEL_TOPOLOGY_KEY] = topology
        weights = tuple(
            Weight(one["name"], stored_values(one["name"], one["data"])) for one in group
        )
        return TfjsPrepared(head, weights, signature, options.weight_shard_bytes, notes)

    def write(self, prepared: TfjsPrepared, encoding: Encoding, folder: Path) -> Artifact:
        """Quantize the weights and write ``model.json`` and its shards; see ``Converter``."""
        with refusals(f"writing {encoding.name} for TF.js layers"):
            return write_model(self.target, prepared, encoding, folder)


def _require_layers(model: Any) -> Any:
    if model is None:
        raise ConversionError(
            "only a Keras model has layers: this source has a graph alone",
            advice="use the target tfjs, or give the .keras or .h5 file",
        )
    if _JOINED.isdisjoint(kind.__name__ for kind in type(model).__mro__):
        raise ConversionError(
            f"the Keras model {model.name!r} is a class of its own, whose layers are joined in "
            "Python and not in its config",
            advice="use the target tfjs, which takes any model",
        )
    return model


def _is_keras3(model: Any) -> bool:
    return any(kind.__module__.partition(".")[0] == "keras" for kind in type(model).__mro__)


def _topology_and_weights(model: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What the upstream converter makes of the HDF5 file of a tf_keras model."""
    from tensorflowjs.converters import keras_h5_conversion as upstream

    with _hdf5_in_memory() as file, warnings.catch_warnings(action="ignore"):
        # Keras would rather have its own format.
        model.save(file)
        topology, groups = upstream.h5_merged_saved_model_to_tfjs_format(file)
    return readable(topology), groups[0]


@contextmanager
def _hdf5_in_memory() -> Iterator[Any]:
    import h5py

    with h5py.File("model.h5", "w", driver="core", backing_store=False) as file:
        yield file


def _in_the_models_order(signature: Signature, model: Any) -> Signature:
    """``signature`` with inputs and outputs as the model has them, by position.

    The signature is in the order of the alphabet, and a layers model takes and gives tensors by
    position. ``tensor`` becomes the layer's name, by which TF.js lists inputs.
    """
    inputs = [tensor.name.partition(":")[0] for tensor in model.inputs]
    outputs = getattr(model, "output_names", None) or [model.layers[-1].name]
    return replace(
        signature,
        inputs=_ordered(signature.inputs, inputs),
        outputs=_ordered(signature.outputs, outputs),
    )


def _ordered(specs: Sequence[TensorSpec], layers: Iterable[str]) -> tuple[TensorSpec, ...]:
    left = {spec.name: spec for spec in specs}
    found = []
    for layer in layers:
        base = re.sub(r"[^A-Za-z0-9_]", "_", layer)
        fits = re.compile(rf"(tensor_)?{re.escape(base)}(_\d+)?")
        name = base if base in left else next(filter(fits.fullmatch, sorted(left)), None)
        if name is None:
            raise ConversionError(f"the signature has nothing that belongs to layer {layer!r}")
        found.append(replace(left.pop(name), tensor=layer))
    return tuple(found)
