"""Converts a tiny model first, so that no job is charged for imports and first calls."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sizewise.domain import (
    DEFAULT_OPTIONS,
    ENCODINGS,
    Data,
    DataSource,
    Encoding,
    Limit,
    ModelSpec,
    Samples,
    Source,
    SourceKind,
    Target,
)
from sizewise.run.stages import Stages
from sizewise.scratch import scratch_folder


@dataclass(frozen=True, slots=True)
class _Network:
    """A small network: what it is kept as, and the targets that it is converted to."""

    kind: SourceKind
    file: str
    save: Callable[[Path], None]
    targets: tuple[Target, ...]


def warm_up(stages: Stages, encodings: Mapping[Target, Sequence[Encoding]]) -> None:
    """Take a small network through opening, freezing and these encodings of each target.

    The first conversion in a process is several times slower than the second. Durations of
    jobs are those of a warm process, in whichever order they run.
    """
    with scratch_folder() as scratch:
        for network in _NETWORKS:
            wanted = {target: _plain(encodings, target) for target in network.targets}
            if any(wanted.values()):
                _convert(network, wanted, stages, scratch)


def leave_to_stay() -> None:
    """Keep Python's garbage collector from the objects that there are, for good.

    TensorFlow's modules hold a million. To walk through all of them takes a third of a second,
    which whatever job was running at that moment would be charged for. What is garbage by
    reference counts goes as before. To be called while no model is open.
    """
    gc.collect()
    gc.freeze()


def _plain(encodings: Mapping[Target, Sequence[Encoding]], target: Target) -> list[Encoding]:
    """Those without patterns, which name weights that the small network has not."""
    return [each for each in encodings.get(target, ()) if each.name in ENCODINGS[target]]


def _convert(
    network: _Network, wanted: Mapping[Target, Sequence[Encoding]], stages: Stages, folder: Path
) -> None:
    import numpy as np

    file = folder / network.file
    network.save(file)
    spec = ModelSpec(
        name="warm-up",
        source=Source(network.kind, str(file)),
        data=DataSource(""),
        metric="mae",
        max_drop=Limit(0.0),
    )
    graph = stages.freeze(stages.open(spec), DEFAULT_OPTIONS)
    name = graph.signature.inputs[0].name
    samples = Samples({name: np.ones((2, 8, 8, 1), np.float32)})
    for target, encodings in wanted.items():
        if encodings:
            prepared = stages.prepare(target, graph, Data(samples, samples), DEFAULT_OPTIONS)
        for encoding in encodings:
            prepared.write(encoding, folder / f"{encoding.name}@{target}")


def _save_graph(folder: Path) -> None:
    import tensorflow as tf

    class Network(tf.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.kernel = tf.Variable(tf.ones((3, 3, 1, 2)))

        @tf.function(input_signature=[tf.TensorSpec((None, 8, 8, 1), tf.float32, name="x")])  # type: ignore[untyped-decorator]
        def __call__(self, x: tf.Tensor) -> dict[str, tf.Tensor]:
            mapped = tf.nn.relu(tf.nn.conv2d(x, self.kernel, 1, "SAME"))
            return {"y": tf.reduce_mean(mapped, axis=(1, 2))}

    network = Network()
    tf.saved_model.save(network, str(folder), signatures=network.__call__)


def _save_layers(file: Path) -> None:
    import tf_keras

    layers = tf_keras.layers
    network = tf_keras.Sequential(
        [layers.Input((8, 8, 1)), layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(2)]
    )
    with warnings.catch_warnings(action="ignore"):
        # Keras would rather have its own format.
        network.save(file)


_NETWORKS = (
    _Network(SourceKind.SAVED_MODEL, "model", _save_graph, (Target.TFJS, Target.TFLITE)),
    _Network(SourceKind.KERAS, "model.h5", _save_layers, (Target.TFJS_LAYERS,)),
)
