"""Which combinations can be made at all."""

from __future__ import annotations

from sizewise.domain import (
    ENCODINGS,
    Cluster,
    Encoding,
    ModelSpec,
    Qat,
    Rounding,
    SourceKind,
    Target,
    Transform,
)

_WITHOUT_LAYERS = {
    SourceKind.SAVED_MODEL: "a SavedModel",
    SourceKind.FROZEN_GRAPH: "a frozen graph",
}
"""Sources of which only a graph is known; of others it shows when they are opened."""

_ROUNDED = {Target.TFJS: "uint8", Target.TFLITE: "int8"}
"""The encoding of each target whose rounding can be chosen."""

_QAT_ENCODING = "int8"


def legality(
    model: ModelSpec,
    transform: Transform,
    encoding: Encoding,
    target: Target,
) -> str | None:
    """Why the combination cannot be made; None if it can.

    A suite file cannot ask for an encoding that its target lacks, nor for training of what has
    no layers; a suite that was built in Python can.
    """
    return _no_layers(model, transform, target) or mismatch(transform, encoding, target)


def mismatch(transform: Transform, encoding: Encoding, target: Target) -> str | None:
    """Why the three do not go together, whatever the model; None if they do."""
    return (
        _not_of_layers(transform, target)
        or _no_encoding(encoding, target)
        or _no_quantized_training(transform, encoding, target)
        or _no_clusters(transform, encoding)
    )


def _no_layers(model: ModelSpec, transform: Transform, target: Target) -> str | None:
    needs = []
    if target is Target.TFJS_LAYERS:
        needs.append(str(target))
    if transform.training:
        needs.append(transform.name)
    if needs and (source := _WITHOUT_LAYERS.get(model.source.kind)):
        return f"{source} has no Keras layers: {needs[0]} needs a Keras model"
    return None


def _not_of_layers(transform: Transform, target: Target) -> str | None:
    if target is Target.TFJS_LAYERS and transform.post_training:
        return (
            f"{transform.name} changes the weights of the frozen graph, and {target} is made of "
            "the Keras model"
        )
    return None


def _no_encoding(encoding: Encoding, target: Target) -> str | None:
    if encoding.auto is not None:
        return None if target is Target.TFJS else f"{target} leaves no mix of encodings to choose"
    if encoding.patterns is not None:
        return f"{target} takes no map of patterns" if target is Target.TFLITE else None
    if encoding.storage not in ENCODINGS[target]:
        known = ", ".join(ENCODINGS[target])
        return f"{encoding.name} is no encoding of {target}: it has {known}"
    return _no_rounding(encoding, target) if encoding.is_rounded else None


def _no_rounding(encoding: Encoding, target: Target) -> str | None:
    if target is Target.TFJS_LAYERS:
        return (
            f"{encoding.name} is made on the frozen graph, and {target} is made of the Keras model"
        )
    if encoding.storage != _ROUNDED[target]:
        return f"of {target} only {_ROUNDED[target]} has a rounding to choose"
    if target is Target.TFLITE and not (encoding.levels is None and encoding.sparsity is None):
        unused = (
            "a number of levels" if encoding.sparsity is None else "a sparsity of its encodings"
        )
        return f"{target} makes no use of {unused}"
    if encoding.sparsity is not None and encoding.rounding is not Rounding.GPTQ:
        return f"{encoding.name} has a sparsity, which only calibrated rounding makes up for"
    return None


def _no_quantized_training(transform: Transform, encoding: Encoding, target: Target) -> str | None:
    is_qat = any(isinstance(step, Qat) for step in transform.steps)
    if not is_qat or (target is Target.TFLITE and encoding.name == _QAT_ENCODING):
        return None
    return (
        f"{transform.name} trains for {_QAT_ENCODING}: only {_QAT_ENCODING}@{Target.TFLITE} uses "
        "the ranges that it learns"
    )


def _no_clusters(transform: Transform, encoding: Encoding) -> str | None:
    """Why the clusters of a transform would not outlive the encoding."""
    for step in transform.steps:
        if not isinstance(step, Cluster):
            continue
        if encoding.rounding is Rounding.GPTQ:
            return f"{encoding.name} moves weights to levels of its own, off those of {step.name}"
        if encoding.levels is not None and step.clusters > encoding.levels:
            return (
                f"{step.name} keeps {step.clusters} values a kernel, and {encoding.name} has "
                f"{encoding.levels}"
            )
    return None
