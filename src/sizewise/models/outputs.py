"""What the untouched model says: the reference that every variant is held against."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sizewise.domain import Array, OpenModel, Samples, Signature
from sizewise.errors import SourceError
from sizewise.models.tflite_file import runner


def reference(model: OpenModel, samples: Samples, batch_size: int = 100) -> dict[str, Array]:
    """Outputs of the model in TensorFlow, by name; the first axis is the samples. A ``.tflite``
    file runs in TensorFlow's own interpreter.

    Samples go in batches of ``batch_size``, or of the size that the signature fixes; a last
    batch that is too small for the latter is filled up with its last sample, and what comes
    of those is dropped. Raises SourceError for an output without a sample axis.
    """
    import numpy as np

    run = _runner(model)
    fixed = fixed_batch(model.signature)
    size = fixed or batch_size
    batches: dict[str, list[Array]] = {output.name: [] for output in model.signature.outputs}
    for start in range(0, len(samples), size):
        count = min(size, len(samples) - start)
        rows = np.arange(start, start + count)
        if fixed:
            rows = np.pad(rows, (0, size - count), mode="edge")
        for name, output in run(
            {name: array[rows] for name, array in samples.inputs.items()}
        ).items():
            if output.ndim == 0 or len(output) != len(rows):
                raise SourceError(
                    f"the model's output {name} is {output.shape} for {len(rows)} samples",
                    advice="use a signature whose outputs have the samples as their first axis",
                )
            batches[name].append(output[:count])
    return {name: np.concatenate(parts) for name, parts in batches.items()}


def _runner(model: OpenModel) -> Callable[[Mapping[str, Array]], dict[str, Array]]:
    """What computes one batch."""
    import tensorflow as tf

    if model.file is not None:
        return runner(model.file, model.signature)

    def run(inputs: Mapping[str, Array]) -> dict[str, Array]:
        tensors = {name: tf.constant(array) for name, array in inputs.items()}
        return {name: output.numpy() for name, output in model.function(**tensors).items()}

    return run


def fixed_batch(signature: Signature) -> int | None:
    """The number of samples that a signature takes at once, or None where it takes any.

    Raises SourceError where its inputs contradict each other.
    """
    sizes = {spec.shape[0] for spec in signature.inputs if spec.shape and spec.shape[0] is not None}
    if len(sizes) > 1:
        raise SourceError(
            f"the inputs of {signature.name} take different numbers of samples: "
            + ", ".join(f"{spec.name} {spec.shape}" for spec in signature.inputs),
            advice="use a signature whose inputs all have the samples as their first axis",
        )
    return sizes.pop() if sizes else None
