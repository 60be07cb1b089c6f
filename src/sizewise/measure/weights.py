"""The weights that an artifact really holds, read back from its own bytes."""

from __future__ import annotations

from sizewise.domain import Artifact, Target
from sizewise.measure import tfjs, tflite
from sizewise.measure.tensors import WeightReport, report_weights


def read_weights(artifact: Artifact) -> WeightReport:
    """Every constant of the artifact, whatever the conversion was meant to write.

    Raises ConversionError where a file is missing, damaged or at odds with the others. Loads
    no TensorFlow.
    """
    reader = tflite if artifact.target is Target.TFLITE else tfjs
    artifact_bytes = sum(file.size_bytes for file in artifact.files)
    return report_weights(reader.read_tensors(artifact), artifact_bytes)
