"""Which combinations can be made at all."""

from __future__ import annotations

from sizewise.domain import ENCODINGS, Encoding, ModelSpec, SourceKind, Target, Transform

_WITHOUT_LAYERS = {
    SourceKind.SAVED_MODEL: "a SavedModel",
    SourceKind.FROZEN_GRAPH: "a frozen graph",
}
"""Sources of which only a graph is known; of others it shows when they are opened."""


def legality(
    model: ModelSpec,
    transform: Transform,
    encoding: Encoding,
    target: Target,
) -> str | None:
    """Why the combination cannot be made; None if it can.

    A suite file cannot ask for an encoding that its target lacks; a suite that was built in
    Python can.
    """
    if target is Target.TFJS_LAYERS and (reason := _no_layers(model, transform)):
        return reason
    if encoding.patterns is not None:
        return f"{target} takes no map of patterns" if target is Target.TFLITE else None
    if encoding.name in ENCODINGS[target]:
        return None
    return f"{encoding.name} is no encoding of {target}: it has {', '.join(ENCODINGS[target])}"


def _no_layers(model: ModelSpec, transform: Transform) -> str | None:
    if source := _WITHOUT_LAYERS.get(model.source.kind):
        return f"{source} has no Keras layers: {Target.TFJS_LAYERS} needs a Keras model"
    if transform.steps:
        return (
            f"{transform.name} changes the weights of the frozen graph, and {Target.TFJS_LAYERS} "
            "is made of the Keras model"
        )
    return None
