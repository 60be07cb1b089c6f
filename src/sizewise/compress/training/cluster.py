"""Clustering while a model is trained: tfmot's wrappers, and shared values for what they leave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sizewise.compress.cluster import cluster_array
from sizewise.compress.training.fold import fold_batch_norms
from sizewise.compress.training.keras2 import in_keras2
from sizewise.compress.training.kernels import Kernel, kernels
from sizewise.compress.training.lesson import Lesson, seed
from sizewise.compress.training.library import copy_weights, keras_of, tfmot
from sizewise.compress.training.masks import Ties
from sizewise.compress.training.wrapping import wrap_layers
from sizewise.domain import Cluster, Prune, Step
from sizewise.errors import ConversionError

_FEWEST_WITH_ZERO = 3
"""tfmot's least number of clusters where it keeps zeros."""

_NO_KERAS2 = "leave finetune out: then the final weights are clustered, on every source"


def train_clusters(
    step: Cluster, model: Any, done: tuple[Step, ...], lesson: Lesson
) -> tuple[Any, tuple[str, ...]]:
    """Train ``model`` while the weights of each kernel share a few values.

    Batch norms are folded into kernels first: the converters would do it later, and make values
    of their own for every channel.
    """
    assert step.finetune is not None, "only steps that train come here"
    if not kernels(model):
        raise ConversionError(
            f"{step.name} found no kernel in the model",
            advice="leave the transform out for this model",
        )
    model, rebuilt = in_keras2(step.name, model, lesson.rebuild, _NO_KERAS2)
    seed(model, step.finetune)
    folded, notes = fold_batch_norms(model)
    result = keras_of(folded).models.clone_model(folded)
    keeps_zeros = any(isinstance(earlier, Prune) for earlier in done)
    wrapped, taken = wrap_layers(folded, _wrapper(step, keeps_zeros=keeps_zeros))
    rest = [kernel for kernel in kernels(wrapped) if id(kernel.variable) not in taken]
    for kernel in rest:
        kernel.write(cluster_array(kernel.read(), step.clusters))
    # A wrapped layer builds its clusters when it is first called, which has happened above.
    keepers = [Ties(rest)] if rest else []
    said = lesson.teach(wrapped, step.finetune, keepers)
    copy_weights(tfmot().clustering.keras.strip_clustering(wrapped), result)
    zeros = ("zeros are kept",) if keeps_zeros else ()
    return result, (*rebuilt, *notes, said, *zeros, *_tied(rest))


def _wrapper(step: Cluster, *, keeps_zeros: bool) -> Any:
    clustering = tfmot().clustering.keras
    start = clustering.CentroidInitialization.KMEANS_PLUS_PLUS

    def wrap(layer: Any) -> Any:
        if keeps_zeros and step.clusters < _FEWEST_WITH_ZERO:
            raise ValueError("tfmot keeps no zeros with 2 clusters")
        if any(np.unique(kernel.read()).size <= step.clusters for kernel in kernels(layer)):
            raise ValueError("there are no more values than clusters: nothing to look for")
        return clustering.cluster_weights(
            layer, step.clusters, start, preserve_sparsity=keeps_zeros
        )

    return wrap


def _tied(rest: Sequence[Kernel]) -> tuple[str, ...]:
    if not rest:
        return ()
    names = ", ".join(kernel.name for kernel in rest)
    return (f"not by tfmot, but clustered before and trained with shared values: {names}",)
