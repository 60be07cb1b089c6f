"""A graph made ready for one target, and every encoding of it: rounded first, where it asks so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sizewise.domain import Artifact, ConversionOptions, Data, Encoding, Graph, Samples, Target
from sizewise.errors import ConversionError

if TYPE_CHECKING:
    from sizewise.convert import Converter, Prepared


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

    @property
    def samples(self) -> Samples:
        """What rounding is calibrated with."""
        return self.data.calibrate


def _with_levels(ready: PreparedGraph, encoding: Encoding, folder: Path) -> Artifact:
    from sizewise.compress import round_weights

    rounded = round_weights(ready.prepared.graph, encoding, ready.samples)
    prepared = ready.prepared.with_levels(rounded.weights)
    artifact = ready.converter.write(prepared, encoding, folder)
    return replace(artifact, notes=artifact.notes + rounded.notes)


def _with_rounded_graph(ready: PreparedGraph, encoding: Encoding, folder: Path) -> Artifact:
    from sizewise.compress import round_kernels
    from sizewise.convert import final_graph

    # Told before the time for rounding is spent.
    if reason := ready.prepared.refused.get(encoding.storage):
        raise ConversionError(reason)
    rounded = round_kernels(final_graph(ready.graph), encoding, ready.samples)
    prepared = ready.converter.prepare(rounded, ready.data, ready.options)
    return ready.converter.write(prepared, encoding, folder)


_ROUNDED: dict[Target, Callable[[PreparedGraph, Encoding, Path], Artifact]] = {
    Target.TFJS: _with_levels,
    Target.TFLITE: _with_rounded_graph,
}
"""The targets whose weights can be rounded in a way of their own."""
