"""What a converter is, and which converter serves which target."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from sizewise.domain import (
    DEFAULT_OPTIONS,
    Artifact,
    ConversionOptions,
    Data,
    Encoding,
    Graph,
    Target,
)

Prepared: TypeAlias = Any
"""What the encodings of a target share: each converter's own type, opaque to callers."""


class Converter(Protocol):
    """Writes artifacts of one target."""

    @property
    def target(self) -> Target:
        """The format that this converter writes."""

    def prepare(
        self, graph: Graph, data: Data, options: ConversionOptions = DEFAULT_OPTIONS
    ) -> Prepared:
        """Do the work that all encodings share; ``graph`` is left as it is.

        Raises UnsupportedOpError where the target lacks an op of the graph, and ConversionError
        where the converter refuses it for another reason.
        """

    def write(self, prepared: Prepared, encoding: Encoding, folder: Path) -> Artifact:
        """Write one encoding to ``folder``, complete or not at all; ``prepared`` can be used again.

        Raises ConversionError where the weights cannot be stored that way or ``folder`` exists.
        """


def _tfjs() -> Converter:
    from sizewise.convert.tfjs.converter import TfjsConverter

    return TfjsConverter()


def _tfjs_layers() -> Converter:
    from sizewise.convert.tfjs_layers.converter import TfjsLayersConverter

    return TfjsLayersConverter()


def _tflite() -> Converter:
    from sizewise.convert.tflite.converter import TfliteConverter

    return TfliteConverter()


CONVERTERS: Mapping[Target, Callable[[], Converter]] = {
    Target.TFJS: _tfjs,
    Target.TFJS_LAYERS: _tfjs_layers,
    Target.TFLITE: _tflite,
}
"""How to make the converter of a target; TensorFlow is imported only then."""
