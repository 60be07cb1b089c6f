"""Quantization-aware training: tfmot's fake quantization, with zeros and clusters kept up."""

from __future__ import annotations

import re
from typing import Any

from sizewise.compress.training.keras2 import in_keras2
from sizewise.compress.training.kernels import kernels
from sizewise.compress.training.lesson import Keeper, Lesson, seed
from sizewise.compress.training.library import first_line, tfmot
from sizewise.compress.training.masks import Holder, Ties
from sizewise.domain import Cluster, Prune, Qat, Step
from sizewise.errors import ConversionError

_INSTEAD = "use int8 without qat, which measures ranges on calibration samples"


def train_quantized(
    step: Qat, model: Any, done: tuple[Step, ...], lesson: Lesson
) -> tuple[Any, tuple[str, ...]]:
    """Train ``model`` with its weights and activations rounded as int8 will round them.

    The model that comes back is still wrapped, because TFLite takes the ranges from it. Steps
    before it keep their effect: pruned weights stay 0 and clustered ones equal.
    """
    model, rebuilt = in_keras2(step.name, model, lesson.rebuild, _INSTEAD)
    seed(model, step.finetune)
    quantized, floating = _quantized(step, model)
    keepers: list[Keeper] = []
    notes = list(rebuilt)
    if any(isinstance(earlier, Cluster) for earlier in done):
        # Zeros are one of the values that are shared.
        keepers.append(Ties(kernels(quantized)))
        notes.append("clusters are kept")
    elif any(isinstance(earlier, Prune) for earlier in done):
        keepers.append(Holder(kernels(quantized)))
        notes.append("zeros are kept")
    notes.append(lesson.teach(quantized, step.finetune, keepers))
    if floating:
        notes.append(f"not known to tfmot, left in float32: {', '.join(floating)}")
    return quantized, tuple(notes)


def _quantized(step: Qat, model: Any) -> tuple[Any, list[str]]:
    """``model`` with fake quantization, and the layers without weights that go without it."""
    import tf_keras

    quantization = tfmot().quantization.keras
    known = quantization.default_8bit.Default8BitQuantizeScheme().get_quantize_registry()
    floating: list[str] = []

    def annotated(layer: Any) -> Any:
        if isinstance(layer, tf_keras.Model):
            raise _refused(step, layer.name, "a model inside the model")
        if known.supports(layer) or type(layer).__name__ == "BatchNormalization":
            return quantization.quantize_annotate_layer(layer)
        if layer.weights:
            raise _refused(step, layer.name, f"of the class {type(layer).__name__}")
        floating.append(layer.name)
        return layer

    marked = tf_keras.models.clone_model(model, clone_function=annotated)
    try:
        # Without a prefix, layers and with them the model's outputs keep their names.
        quantized = quantization.quantize_apply(marked, quantized_layer_name_prefix="")
    except (RuntimeError, ValueError) as error:
        if found := re.match(r"Layer (?P<name>[^:]+):<class '(?P<kind>[^']+)'", str(error)):
            kind = found["kind"].rpartition(".")[2]
            raise _refused(step, found["name"], f"of the class {kind}") from error
        raise ConversionError(
            f"{step.name} cannot be done: {first_line(error)}", advice=_INSTEAD
        ) from error
    return quantized, floating


def _refused(step: Qat, layer: str, what: str) -> ConversionError:
    return ConversionError(
        f"{step.name} cannot quantize the layer {layer!r}: it is {what}, which "
        "tensorflow-model-optimization does not quantize where it stands",
        advice=_INSTEAD,
    )
