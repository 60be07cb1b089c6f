"""What the encodings of one TFLite model share."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sizewise.convert.function import graph_function
from sizewise.convert.tflite import aeq, lite, straight
from sizewise.convert.tflite.feeds import Feeds, calibration_feeds
from sizewise.convert.tflite.findings import weight_notes
from sizewise.domain import CALIBRATED_ENCODINGS, Graph, Samples, Signature


@dataclass(frozen=True)
class TflitePrepared:
    """A frozen graph, and samples to calibrate it with.

    The properties are computed when they are first asked for, and then kept. ``refused`` says why
    some encodings cannot be made of this graph; ``notes`` are for every artifact; ``tables`` are
    TensorFlow's objects for the lookup tables of the graph.
    """

    graph: Graph
    samples: Samples
    signature: Signature
    select_tf_ops: bool = False
    notes: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    tables: tuple[Any, ...] = ()

    @cached_property
    def function(self) -> Any:
        """The graph as a function, from which all of TensorFlow's converter starts."""
        return graph_function(self.graph)

    @cached_property
    def is_straight(self) -> bool:
        """Whether encodings share the steps of TensorFlow's converter."""
        return not self.select_tf_ops and straight.is_straight(self.graph)

    @cached_property
    def feeds(self) -> Feeds:
        """Calibration inputs."""
        return calibration_feeds(self.signature, self.samples)

    @cached_property
    def float_file(self) -> bytes:
        """The float32 file, from which ai-edge-quantizer makes its own."""
        return self.convert("float32")

    @cached_property
    def converted(self) -> bytes:
        """The graph in TFLite's float32 ops: nothing but a step where encodings share steps."""
        return straight.convert(self.graph, "float32")

    @cached_property
    def calibrator(self) -> Any:
        """What TensorFlow's calibrator knows when it has seen the samples."""
        return straight.calibrate(self.converted, self.feeds, self.signature)

    @cached_property
    def ranges(self) -> Any:
        """What ai-edge-quantizer found when it ran the float32 file on the samples."""
        feeds = calibration_feeds(self.signature, self.samples, aeq.CALIBRATION_ROWS)
        return aeq.calibrate(self.float_file, feeds)

    def notes_for(self, encoding: str) -> tuple[str, ...]:
        """What to know of the artifact of ``encoding``."""
        return (*self.notes, *weight_notes(self.graph, encoding))

    def convert(self, encoding: str) -> bytes:
        """The file that TensorFlow's converter makes of the graph."""
        if self.is_straight:
            # The whole converter finds its way by other names.
            with suppress(straight.MergedError):
                return straight.finish(self._straight(encoding), encoding, self.signature)
        return lite.convert(
            self.function,
            encoding,
            lambda: self.feeds,
            tables=self.tables,
            select_tf_ops=self.select_tf_ops,
        )

    def file(self, encoding: str) -> bytes:
        """The file of any encoding of TFLite."""
        if encoding == "float32":
            return self.float_file
        if encoding in aeq.RECIPES:
            return aeq.quantize(self.float_file, encoding, lambda: self.ranges)
        return self.convert(encoding)

    def _straight(self, encoding: str) -> bytes:
        if encoding == "float32":
            return self.converted
        if encoding in CALIBRATED_ENCODINGS:
            return straight.quantize(self.calibrator, encoding)
        return straight.convert(self.graph, encoding)
