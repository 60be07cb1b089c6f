"""Converts a tiny model first, so that no job is charged for imports and first calls."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from sizewise.domain import (
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

CONVERTED = (Target.TFJS, Target.TFLITE)
"""The targets that any graph can be converted to."""


def warm_up(stages: Stages, encodings: Mapping[Target, Sequence[Encoding]]) -> None:
    """Take a small network through opening, freezing and these encodings of each target.

    The first conversion in a process is several times slower than the second. Durations of
    jobs are those of a warm process, in whichever order they run.
    """
    import numpy as np

    with tempfile.TemporaryDirectory(prefix="sizewise-") as scratch:
        folder = Path(scratch)
        _save(folder / "model")
        spec = ModelSpec(
            name="warm-up",
            source=Source(SourceKind.SAVED_MODEL, str(folder / "model")),
            data=DataSource(""),
            metric="mae",
            max_drop=Limit(0.0),
        )
        graph = stages.freeze(stages.open(spec))
        name = graph.signature.inputs[0].name
        samples = Samples({name: np.ones((2, 8, 8, 1), np.float32)})
        for target in CONVERTED:
            # A map of patterns names weights that the small network has not.
            plain = [each for each in encodings.get(target, ()) if each.name in ENCODINGS[target]]
            if plain:
                prepared = stages.prepare(target, graph, Data(samples, samples))
            for encoding in plain:
                prepared.write(encoding, folder / f"{encoding.name}@{target}")


def _save(folder: Path) -> None:
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
