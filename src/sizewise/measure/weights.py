"""The weights that an artifact really holds, read back from its own bytes."""

from __future__ import annotations

from collections.abc import Iterable

from sizewise.domain import Artifact, Pattern, Target
from sizewise.measure import tfjs, tflite
from sizewise.measure.sizes import BROTLI_LEVEL
from sizewise.measure.tensors import WeightReport, report_weights


def read_weights(
    artifact: Artifact, *, brotli_level: int = BROTLI_LEVEL, pattern: Pattern | None = None
) -> WeightReport:
    """Every constant of the artifact, whatever the conversion was meant to write.

    ``pattern`` is an N:M pattern that kernels are held against. Raises ConversionError where a
    file is missing, damaged or at odds with the others. Loads no TensorFlow.
    """
    reader = tflite if artifact.target is Target.TFLITE else tfjs
    contents = reader.read_contents(artifact, pattern)
    compressed = _brotli_bytes(contents.kernels, brotli_level)
    return report_weights(contents, artifact.size_bytes, compressed)


def _brotli_bytes(parts: Iterable[bytes], level: int) -> int:
    """The size of all parts as one stream."""
    import brotli

    compressor = brotli.Compressor(quality=level)
    return sum(len(compressor.process(part)) for part in parts) + len(compressor.finish())
