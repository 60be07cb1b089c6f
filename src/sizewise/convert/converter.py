"""What a converter is, and which converter serves which target."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from sizewise.domain import Artifact, Data, Encoding, Graph, Target

Prepared: TypeAlias = Any
"""What the encodings of a target share: each converter's own type, opaque to callers."""


class Converter(Protocol):
    """Writes artifacts of one target."""

    @property
    def target(self) -> Target:
        """The format that this converter writes."""

    def prepare(self, graph: Graph, data: Data) -> Prepared:
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


def _tflite() -> Converter:
    from sizewise.convert.tflite import TfliteConverter

    return TfliteConverter()


CONVERTERS: Mapping[Target, Callable[[], Converter]] = {
    Target.TFJS: _tfjs,
    Target.TFLITE: _tflite,
}
"""How to make the converter of a target; TensorFlow is imported only then."""
