"""What a model is trained to, and by which loss, where it does not say so itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sizewise.domain import Array
from sizewise.errors import ConversionError

_CLASSIFYING = frozenset(["accuracy", "top5", "f1", "mean_iou"])
_REGRESSING: Mapping[str, str] = {"mae": "mean_absolute_error", "rmse": "mean_squared_error"}
_TRIED = 64
"""How many samples a model is asked about, to see what its outputs are."""


@dataclass(frozen=True, slots=True)
class Target:
    """``values`` that the model is trained to, the ``loss``, and why this one.

    ``loss`` is a ``Entropy`` or what the ``compile`` of the model's Keras takes.
    """

    values: Array
    loss: Any
    reason: str


@dataclass(frozen=True, slots=True)
class Entropy:
    """A cross-entropy, by the name of its class in both Kerases."""

    kind: str
    from_logits: bool


def loss_of(keras: Any, loss: Any) -> Any:
    """``loss`` of a target as ``compile`` takes it."""
    if isinstance(loss, Entropy):
        return getattr(keras.losses, loss.kind)(from_logits=loss.from_logits)
    return loss


def own_target(loss: Any, library: str, labels: Array | None) -> Target | None:
    """The loss that a model was compiled with, if there is one that ``library`` can use.

    An object of one Keras is not used in the other, for which a model was built again. Raises
    ConversionError where there are no labels for it.
    """
    home = type(loss).__module__.partition(".")[0]
    if loss is None or (home in ("keras", "tf_keras") and home != library):
        return None
    if labels is None:
        raise ConversionError("the training samples have no labels", advice="add them as y")
    return Target(labels, loss, "the model's own")


def target_of(model: Any, x: Any, labels: Array | None, metric: str | None) -> Target:
    """A loss that fits a model's outputs and the labels.

    ``x`` is an array, or arrays by input. Raises ConversionError where none can be told.
    """
    if len(model.outputs) != 1:
        raise ConversionError(
            f"the model has {len(model.outputs)} outputs and no loss",
            advice="compile it with a loss that takes its labels",
        )
    few = x[:_TRIED] if not isinstance(x, dict) else {key: x[key][:_TRIED] for key in x}
    outputs = np.asarray(model(few, training=False))
    return choose(outputs, x if not isinstance(x, dict) else None, labels, metric)


def choose(outputs: Array, x: Array | None, labels: Array | None, metric: str | None) -> Target:
    """The loss by shapes: ``outputs`` are those of some samples, ``x`` the one input, if it is
    one, of all, ``labels`` those of all, ``metric`` what the model is judged by, if known.

    A model whose output has the shape of its input is trained to give that, where there are no
    labels or its metric tells apart what it was not trained on (auc).
    """
    shape = outputs.shape[1:]
    mirrors = x is not None and x.shape[1:] == shape and x.dtype.kind == "f"
    if mirrors and x is not None and (labels is None or (metric == "auc" and labels.ndim == 1)):
        return Target(x, "mean_squared_error", "mean squared error of the reconstructed input")
    if labels is None:
        raise ConversionError(
            "the training samples have no labels",
            advice="add them as y; only a model that reconstructs its input does without",
        )
    return (
        _classification(outputs, labels, metric)
        or _binary(outputs, labels, metric)
        or _regression(outputs, labels, metric)
    )


def _classification(outputs: Array, labels: Array, metric: str | None) -> Target | None:
    """Outputs with a number for each of several classes, and labels that name or mark one."""
    shape = outputs.shape[1:]
    if metric in _REGRESSING or not shape or shape[-1] == 1:
        return None
    if _are_numbers(labels, shape):
        values = labels.reshape(len(labels), *shape[:-1]).astype(np.int64)
        return _entropy("SparseCategoricalCrossentropy", values, logits=not _are_shares(outputs))
    if labels.shape[1:] == shape and _are_one_hot(labels):
        return _entropy("CategoricalCrossentropy", labels, logits=not _are_shares(outputs))
    return None


def _binary(outputs: Array, labels: Array, metric: str | None) -> Target | None:
    """Labels of 0 and 1, both of them, for each output."""
    judged = metric in _CLASSIFYING or metric == "auc" or labels.dtype.kind in "biu"
    if metric in _REGRESSING or not judged or set(np.unique(labels)) != {0, 1}:
        return None
    values = _as(labels, outputs.shape[1:])
    return _entropy("BinaryCrossentropy", values, logits=not _are_probabilities(outputs))


def _regression(outputs: Array, labels: Array, metric: str | None) -> Target:
    """Labels in the shape of the outputs; the score of anomalies, which is 0 without any, too."""
    if metric in _CLASSIFYING:
        raise ConversionError(
            f"no loss fits labels of {list(labels.shape)} and outputs of "
            f"{list(outputs.shape[1:])} for each sample",
            advice="compile the model with a loss of its own",
        )
    loss = _REGRESSING.get(metric or "", "mean_squared_error")
    why = ", as the metric has it" if metric in _REGRESSING else ""
    return Target(_as(labels, outputs.shape[1:]), loss, loss.replace("_", " ") + why)


def _entropy(kind: str, values: Array, *, logits: bool) -> Target:
    """Cross-entropy of logits, or of probabilities where the outputs are that."""
    words = re.sub(r"(?<!^)(?=[A-Z])", " ", kind).lower().replace("crossentropy", "cross-entropy")
    of = "logits" if logits else "probabilities"
    return Target(values, Entropy(kind, logits), f"{words} of {of}")


def _are_numbers(labels: Array, shape: tuple[int, ...]) -> bool:
    """Whether there is one whole number for each row of classes."""
    sizes = [size for size in labels.shape[1:] if size != 1]
    if sizes != [size for size in shape[:-1] if size != 1] or labels.dtype.kind not in "biuf":
        return False
    return bool((labels == np.floor(labels)).all() and labels.min() >= 0)


def _are_one_hot(labels: Array) -> bool:
    return bool(np.isin(labels, (0, 1)).all() and (labels.sum(axis=-1) == 1).all())


def _are_probabilities(outputs: Array) -> bool:
    """As a sigmoid gives them: of logits, some are outside of 0 and 1."""
    return bool(outputs.min() >= 0 and outputs.max() <= 1)


def _are_shares(outputs: Array) -> bool:
    """As a softmax gives them."""
    sums = outputs.astype(np.float64).sum(axis=-1)
    return _are_probabilities(outputs) and bool(np.abs(sums - 1).max() < 1e-2)


def _as(labels: Array, shape: tuple[int, ...]) -> Array:
    """The labels in the shape of the outputs, from which axes of length 1 may differ."""
    if labels[:1].size != int(np.prod(shape)):
        raise ConversionError(
            f"the labels are {list(labels.shape)}, the outputs [samples, "
            f"{', '.join(map(str, shape))}]: no loss fits both",
            advice="compile the model with a loss of its own",
        )
    return labels.reshape(len(labels), *shape).astype(np.float32)
