"""What the encodings of one TFLite model share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sizewise.convert.tflite import aeq, lite
from sizewise.convert.tflite.feeds import Feeds, calibration_feeds
from sizewise.domain import Samples, Signature


@dataclass(frozen=True)
class TflitePrepared:
    """A frozen graph as a function again, and samples to calibrate it with.

    The properties are computed when they are first asked for, and then kept. ``refused`` says why
    some encodings cannot be made of this graph; ``notes`` are for every artifact; ``tables`` are
    TensorFlow's objects for the lookup tables of the function.
    """

    function: Any
    samples: Samples
    signature: Signature
    select_tf_ops: bool = False
    notes: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    tables: tuple[Any, ...] = ()

    @cached_property
    def feeds(self) -> Feeds:
        """Calibration inputs."""
        return calibration_feeds(self.signature, self.samples)

    @cached_property
    def float_file(self) -> bytes:
        """The float32 file, from which ai-edge-quantizer makes its own."""
        return self.convert("float32")

    @cached_property
    def ranges(self) -> Any:
        """What ai-edge-quantizer found when it ran the float32 file on the samples."""
        feeds = calibration_feeds(self.signature, self.samples, aeq.CALIBRATION_ROWS)
        return aeq.calibrate(self.float_file, feeds)

    def convert(self, encoding: str) -> bytes:
        """The file that TensorFlow's converter makes of the function."""
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
