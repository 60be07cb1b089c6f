"""Batch norms folded into the kernels before them, in a tf_keras model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from sizewise.domain import Array

_SCALED_LAST = frozenset(["Conv1D", "Conv2D", "Conv3D", "Dense"])
"""Layers whose kernels end with the axis of their outputs."""
_DEPTHWISE = frozenset(["DepthwiseConv1D", "DepthwiseConv2D"])
"""Layers whose kernels end with the axes of inputs and of outputs for each."""


def fold_batch_norms(model: Any) -> tuple[Any, tuple[str, ...]]:
    """A copy of ``model`` without the batch norms that follow a layer with a kernel, and notes.

    Each is replaced by an activation that does nothing, so that layers keep their places and
    names; the layer before it gets the norm's scale and offset. Computes the same in inference.
    Norms inside a model that is a layer itself stay, and so do those whose input goes elsewhere
    as well.
    """
    import tf_keras

    pairs = dict(_pairs(model))
    if not pairs:
        return model, ()
    norms = {norm.name for norm in pairs.values()}

    def changed(layer: Any) -> Any:
        if layer.name in norms:
            return tf_keras.layers.Activation("linear", name=layer.name)
        config = layer.get_config()
        if layer.name in pairs:
            config["use_bias"] = True
        return type(layer).from_config(config)

    folded = tf_keras.models.clone_model(model, clone_function=changed)
    for layer in model.layers:
        if layer.name in pairs:
            folded.get_layer(layer.name).set_weights(_folded(layer, pairs[layer.name]))
        elif layer.name not in norms:
            folded.get_layer(layer.name).set_weights(layer.get_weights())
    return folded, (f"batch norms folded into kernels before: {', '.join(sorted(norms))}",)


def _pairs(model: Any) -> Iterator[tuple[str, Any]]:
    """Names of layers with a kernel, each with the batch norm that can be folded into it."""
    outputs = {id(tensor) for tensor in model.outputs}
    for norm in model.layers:
        if type(norm).__name__ != "BatchNormalization" or len(norm.inbound_nodes) != 1:
            continue
        before = norm.inbound_nodes[0].inbound_layers
        if isinstance(before, list):
            continue
        if (
            type(before).__name__ in _SCALED_LAST | _DEPTHWISE
            and before.activation.__name__ == "linear"
            and len(before.inbound_nodes) == 1
            and len(before.outbound_nodes) == 1
            and id(before.output) not in outputs
            and getattr(before, "data_format", "channels_last") == "channels_last"
            and list(norm.axis) == [len(before.output.shape) - 1]
        ):
            yield before.name, norm


def _folded(layer: Any, norm: Any) -> list[Array]:
    """Kernel and bias of ``layer`` that give what it and ``norm`` give in inference."""
    kernel, *bias = layer.get_weights()
    mean, variance = norm.moving_mean.numpy(), norm.moving_variance.numpy()
    scale = 1 / np.sqrt(variance + norm.epsilon)
    if norm.gamma is not None:
        scale = scale * norm.gamma.numpy()
    offset = 0 if norm.beta is None else norm.beta.numpy()
    before = bias[0] if bias else 0
    by_channel = scale.reshape(kernel.shape[-2:]) if type(layer).__name__ in _DEPTHWISE else scale
    return [kernel * by_channel, offset + (before - mean) * scale]
