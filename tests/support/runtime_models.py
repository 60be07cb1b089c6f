"""Small models as the upstream converter writes them, and what TensorFlow says they give."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass

import numpy as np

from sizewise.domain import Artifact, ArtifactFile, Signature, Target, TensorSpec


@dataclass(frozen=True)
class Case:
    """An artifact, samples, and the outputs of TensorFlow for them."""

    artifact: Artifact
    inputs: dict
    outputs: dict


def tfjs_case(folder, function, module, inputs, rows=None):
    """A graph model of ``function`` (keywords to a dict), written by the upstream converter.

    ``rows`` is a fixed batch; the reference is then computed in whole batches, too.
    """
    import tensorflow as tf
    from tensorflowjs.converters import tf_saved_model_conversion_v2 as upstream

    specs = {
        name: tf.TensorSpec([rows, *array.shape[1:]], _dtype(array), name=name)
        for name, array in inputs.items()
    }
    module.serve = tf.function(function, autograph=False)
    concrete = module.serve.get_concrete_function(**specs)
    tf.saved_model.save(module, str(folder / "saved"), signatures=concrete)
    with contextlib.redirect_stdout(io.StringIO()):
        upstream.convert_tf_saved_model(str(folder / "saved"), str(folder / "web"))
    outputs = reference(module.serve, inputs, rows)
    return Case(
        artifact(Target.TFJS, folder / "web" / "model.json", inputs, outputs, rows), inputs, outputs
    )


def artifact(target, entry, inputs, outputs, rows=None):
    """The artifact at ``entry``, which takes ``inputs`` and gives ``outputs`` (arrays by name).

    Freezing names the outputs' tensors in the order of their names. model.json is no help: it
    names tensors instead of outputs where two have the same shape.
    """
    signature = Signature(
        "serving_default",
        tuple(_spec(name, f"{name}:0", array, rows) for name, array in inputs.items()),
        tuple(
            _spec(name, f"Identity_{index}:0" if index else "Identity:0", outputs[name], rows)
            for index, name in enumerate(sorted(outputs))
        ),
    )
    files = (ArtifactFile(entry.name, entry.stat().st_size, ""),)
    return Artifact(target, "float32", entry.parent, files, "", signature)


def reference(function, inputs, rows=None):
    """What ``function`` gives for all samples, ``rows`` at once."""
    import tensorflow as tf

    count = len(next(iter(inputs.values())))
    parts = []
    for start in range(0, count, rows or count):
        indices = np.minimum(np.arange(start, start + (rows or count)), count - 1)
        part = {name: tf.constant(array[indices]) for name, array in inputs.items()}
        parts.append({name: value.numpy() for name, value in function(**part).items()})
    return {name: np.concatenate([part[name] for part in parts])[:count] for name in parts[0]}


def _spec(name, tensor, array, rows):
    return TensorSpec(name, tensor, _dtype(array), (rows, *array.shape[1:]))


def _dtype(array):
    return "string" if array.dtype.kind in "OSU" else array.dtype.name
