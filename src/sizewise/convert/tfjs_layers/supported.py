"""What TensorFlow.js's layers can read of a Keras 2 config, and the refusal of the rest by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterator, Mapping
from typing import Any

from sizewise.errors import UnsupportedOpError

LAYERS = frozenset(
    [
        *("Activation", "Add", "AlphaDropout", "Average", "AveragePooling1D", "AveragePooling2D"),
        *("AveragePooling3D", "BatchNormalization", "Bidirectional", "CategoryEncoding"),
        *("CenterCrop", "Concatenate", "Conv1D", "Conv2D", "Conv2DTranspose", "Conv3D"),
        *("Conv3DTranspose", "ConvLSTM2D", "ConvLSTM2DCell", "Cropping2D", "Dense"),
        *("DepthwiseConv2D", "Dot", "Dropout", "ELU", "Embedding", "Flatten", "Functional"),
        *("GRU", "GRUCell", "GaussianDropout", "GaussianNoise", "GlobalAveragePooling1D"),
        *("GlobalAveragePooling2D", "GlobalMaxPooling1D", "GlobalMaxPooling2D", "InputLayer"),
        *("LSTM", "LSTMCell", "LayerNormalization", "LeakyReLU", "Masking", "MaxPooling1D"),
        *("MaxPooling2D", "MaxPooling3D", "Maximum", "Minimum", "Model", "Multiply", "PReLU"),
        *("Permute", "RNN", "RandomWidth", "ReLU", "RepeatVector", "Rescaling", "Reshape"),
        *("Resizing", "SeparableConv2D", "Sequential", "SimpleRNN", "SimpleRNNCell", "Softmax"),
        *("SpatialDropout1D", "StackedRNNCells", "ThresholdedReLU", "TimeDistributed"),
        *("UpSampling2D", "ZeroPadding2D"),
    ]
)
"""The classes of layers that TensorFlow.js 4.22 has."""

ACTIVATIONS = frozenset(
    [
        *("elu", "gelu", "gelu_new", "hard_sigmoid", "linear", "log_softmax", "mish", "relu"),
        *("relu6", "selu", "sigmoid", "softmax", "softplus", "softsign", "swish", "tanh"),
    ]
)
"""The activations that TensorFlow.js 4.22 has, as Python calls them."""


def refuse_unsupported(model_config: Mapping[str, Any], custom: Container[str]) -> None:
    """Raise UnsupportedOpError for layers and activations that TensorFlow.js lacks.

    ``model_config`` is a Keras 2 model's; ``custom`` names classes that a runtime is taught.
    """
    missing: dict[str, list[str]] = defaultdict(list)
    for kind, name, config in layers_of(model_config):
        if kind in custom:
            continue
        if kind not in LAYERS:
            missing[kind].append(name)
        for key in ("activation", "recurrent_activation"):
            activation = config.get(key)
            if isinstance(activation, str) and activation not in ACTIVATIONS:
                missing[f"activation {activation}"].append(name)
        if kind in ("GRU", "GRUCell") and config.get("reset_after"):
            missing[f"{kind} with reset_after=True"].append(name)
    if missing:
        named = ", ".join(f"{what} ({', '.join(names)})" for what, names in missing.items())
        raise UnsupportedOpError(
            f"the layers of TensorFlow.js lack {named}",
            advice="the target tfjs, a graph model, may have what it takes",
            ops=missing,
        )


def readable(topology: dict[str, Any]) -> dict[str, Any]:
    """``topology`` without arguments that make TensorFlow.js refuse a layer that it has.

    Keras writes down the initializers of kernels that a separable convolution does not have.
    """
    for kind, _, config in layers_of(topology["model_config"]):
        if kind == "SeparableConv2D":
            for key in ("kernel_initializer", "kernel_regularizer", "kernel_constraint"):
                config.pop(key, None)
    return topology


def layers_of(item: Any) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Class, name and config of each layer of a config, layers inside layers among them."""
    if not isinstance(item, Mapping):
        return
    kind, config = item.get("class_name"), item.get("config")
    if not isinstance(kind, str) or not isinstance(config, dict):
        return
    yield kind, str(config.get("name", kind)), config
    for inner in (*config.get("layers", ()), *config.get("cells", ())):
        yield from layers_of(inner)
    for key in ("layer", "cell", "backward_layer"):
        yield from layers_of(config.get(key))
