"""A graph made ready for one target, and every encoding of it: rounded first, where it asks so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sizewise.domain import (
    Artifact,
    ConversionOptions,
    Data,
    Encoding,
    Graph,
    Rounding,
    Samples,
    Target,
)
from sizewise.errors import ConversionError

if TYPE_CHECKING:
    from sizewise.compress import Statistics
    from sizewise.convert import Converter, Prepared

DATA_FREE = (
    "data-free: weights calibrated on the statistics of batch norms, as there are no samples"
)


@dataclass(frozen=True, slots=True)
class PreparedGraph:
    """What a converter made of ``graph``, and what weights are rounded with.

    TensorFlow.js stores levels as they were chosen for its own, optimised graph. TFLite's
    converter makes levels itself: it is given a graph whose weights lie on them.
    """

    converter: Converter
    prepared: Prepared
    graph: Graph
    data: Data
    options: ConversionOptions

    def write(self, encoding: Encoding, folder: Path) -> Artifact:
        """Write one artifact into ``folder``, complete or not at all.

        Raises what rounding and the converter raise.
        """
        if not encoding.is_rounded:
            return self.converter.write(self.prepared, encoding, folder)
        return _ROUNDED[self.converter.target](self, encoding, folder)

    def calibration(self, encoding: Encoding) -> tuple[Samples | Statistics, tuple[str, ...]]:
        """What rounding is calibrated with, and a note where that is no samples."""
        from sizewise.compress import batch_norm_statistics

        if not self.data.made_up or not _rounds_calibrated(encoding):
            return self.data.calibrate, ()
        return batch_norm_statistics(self.graph), (DATA_FREE,)


def _with_levels(ready: PreparedGraph, encoding: Encoding, folder: Path) -> Artifact:
    from sizewise.compress import round_weights

    source, notes = ready.calibration(encoding)
    rounded = round_weights(ready.prepared.graph, encoding, source)
    prepared = ready.prepared.with_levels(rounded.weights)
    artifact = ready.converter.write(prepared, encoding, folder)
    return replace(artifact, notes=artifact.notes + notes + rounded.notes)


def _with_rounded_graph(ready: PreparedGraph, encoding: Encoding, folder: Path) -> Artifact:
    from sizewise.compress import round_kernels
    from sizewise.convert import final_graph

    # Told before the time for rounding is spent.
    if reason := ready.prepared.refused.get(encoding.storage):
        raise ConversionError(reason)
    source, notes = ready.calibration(encoding)
    rounded = round_kernels(final_graph(ready.graph), encoding, source)
    prepared = ready.converter.prepare(rounded, ready.data, ready.options)
    artifact = ready.converter.write(prepared, encoding, folder)
    return replace(artifact, notes=artifact.notes + notes)


def _rounds_calibrated(encoding: Encoding) -> bool:
    parts = (encoding, *encoding.parts.values())
    return any(part.rounding is Rounding.GPTQ for part in parts)


_ROUNDED: dict[Target, Callable[[PreparedGraph, Encoding, Path], Artifact]] = {
    Target.TFJS: _with_levels,
    Target.TFLITE: _with_rounded_graph,
}
"""The targets whose weights can be rounded in a way of their own."""
