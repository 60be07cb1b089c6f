"""Small models as the upstream converters write them, and what TensorFlow says they give."""

from __future__ import annotations

import contextlib
import io
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sizewise.domain import Artifact, ArtifactFile, Signature, Target, TensorSpec

_DTYPES = {
    "DT_FLOAT": "float32",
    "DT_INT32": "int32",
    "DT_INT64": "int64",
    "DT_BOOL": "bool",
    "DT_STRING": "string",
}


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
        name: tf.TensorSpec([rows, *array.shape[1:]], _tf_dtype(array), name=name)
        for name, array in inputs.items()
    }
    module.serve = tf.function(function, autograph=False)
    concrete = module.serve.get_concrete_function(**specs)
    tf.saved_model.save(module, str(folder / "saved"), signatures=concrete)
    with contextlib.redirect_stdout(io.StringIO()):
        upstream.convert_tf_saved_model(str(folder / "saved"), str(folder / "web"))
    return Case(tfjs_artifact(folder / "web"), inputs, _reference(module.serve, inputs, rows))


def tfjs_artifact(folder):
    """The artifact in a folder that the upstream converter has written."""
    model = json.loads((folder / "model.json").read_text())
    signature = Signature(
        "serving_default",
        _specs(model["signature"]["inputs"]),
        _specs(model["signature"]["outputs"]),
    )
    return _artifact(Target.TFJS, folder / "model.json", signature)


def tflite_artifact(path, content, signature):
    """``content`` written to ``path``, as an artifact."""
    path.write_bytes(content)
    return _artifact(Target.TFLITE, path, signature)


def _artifact(target: Target, entry: Path, signature: Signature) -> Artifact:
    others = sorted(file.name for file in entry.parent.iterdir() if file != entry)
    names = [entry.name, *(others if target is Target.TFJS else [])]
    files = tuple(ArtifactFile(name, (entry.parent / name).stat().st_size, "") for name in names)
    return Artifact(target, "float32", entry.parent, files, "", signature)


def _specs(entries):
    return tuple(
        TensorSpec(
            name,
            entry["name"],
            _DTYPES[entry["dtype"]],
            tuple(
                None if int(dim["size"]) < 0 else int(dim["size"])
                for dim in entry.get("tensorShape", {}).get("dim", [])
            ),
        )
        for name, entry in entries.items()
        # Tables: TensorFlow.js feeds them itself, from the model's initializer.
        if entry["dtype"] != "DT_RESOURCE"
    )


def _tf_dtype(array):
    return "string" if array.dtype.kind in "OSU" else array.dtype.name


def _reference(function, inputs, rows):
    import tensorflow as tf

    count = len(next(iter(inputs.values())))
    parts = []
    for start in range(0, count, rows or count):
        indices = np.minimum(np.arange(start, start + (rows or count)), count - 1)
        part = {name: tf.constant(array[indices]) for name, array in inputs.items()}
        parts.append({name: value.numpy() for name, value in function(**part).items()})
    return {name: np.concatenate([part[name] for part in parts])[:count] for name in parts[0]}
