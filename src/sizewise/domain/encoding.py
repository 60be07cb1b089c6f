"""Targets, and the ways in which weights are stored in their artifacts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sizewise.domain.tuning import Auto


class Target(StrEnum):
    """The format that an artifact is written in."""

    TFJS = "tfjs"
    """A graph model of TensorFlow.js."""
    TFJS_LAYERS = "tfjs-layers"
    """A layers model of TensorFlow.js, which only Keras models have."""
    TFLITE = "tflite"


ENCODINGS: Mapping[Target, tuple[str, ...]] = {
    Target.TFJS: ("float32", "float16", "uint16", "uint8"),
    Target.TFJS_LAYERS: ("float32", "float16", "uint16", "uint8"),
    Target.TFLITE: (
        "float32",
        "float16",
        "dynamic_int8",
        "int8",
        "int16x8",
        "weight_int8",
        "weight_int4",
        "aeq_dynamic_int8",
        "aeq_int8",
    ),
}
"""The encodings of each target, from the most exact to the smallest, toolchain by toolchain.

``weight_*`` and ``aeq_*`` are made by ai-edge-quantizer from the float32 file, the others by
TensorFlow's own converter.
"""

AS_IS = "as_is"
"""The encoding of a ``.tflite`` source, which is measured and run, and not converted."""

CALIBRATED_ENCODINGS = frozenset({"int8", "int16x8", "aeq_int8"})
"""Encodings whose conversion runs the model on calibration samples."""


class Rounding(StrEnum):
    """How weights are put onto the levels of an integer encoding."""

    NEAREST = "nearest"
    """Each on its own, to the nearest level."""
    GPTQ = "gptq"
    """Column by column, the error of each made good by those that follow, on calibration
    samples: Frantar et al. 2022.
    """


@dataclass(frozen=True, slots=True)
class Encoding:
    """How weights are stored in an artifact.

    ``patterns`` maps a storage type, or a name such as ``uint8-gptq-l64``, to shell patterns over
    weight names, for the encodings that treat weights differently; it is None where one type
    holds for all. ``rounding`` belongs to ``uint8`` of TF.js and to ``int8`` of TFLite, ``levels``,
    the number of levels in use where it is below 256, to ``uint8`` alone; ``sparsity``, above 0 and
    below 1, is the share of a kernel's weights that become 0, and belongs to ``uint8`` with
    calibrated rounding. All are part of the name: ``uint8-gptq-s50-l64``. ``storage`` is the name
    of the plain encoding that it is read as. ``auto`` leaves the choice for each weight to the
    tuner.
    """

    name: str
    patterns: Mapping[str, tuple[str, ...]] | None = field(default=None, hash=False)
    rounding: Rounding = Rounding.NEAREST
    levels: int | None = None
    sparsity: float | None = None
    auto: Auto | None = None

    @property
    def storage(self) -> str:
        """``uint8`` of ``uint8-gptq-l64``; the name itself where nothing was added to it."""
        return self.name.partition("-")[0] if self._has_options else self.name

    @property
    def parts(self) -> Mapping[str, Encoding]:
        """What the keys of ``patterns`` stand for; empty where one type holds for all."""
        return {key: rounded_part(key) for key in self.patterns or {}}

    @property
    def is_rounded(self) -> bool:
        """Whether weights are put onto levels of their own choice before they are written."""
        return self._has_options or any(part.is_rounded for part in self.parts.values())

    @property
    def is_calibrated(self) -> bool:
        """Whether making it runs the model on calibration samples."""
        return (
            self.auto is not None
            or self.storage in CALIBRATED_ENCODINGS
            or self.rounding is Rounding.GPTQ
            or any(part.is_calibrated for part in self.parts.values())
        )

    @property
    def needs_samples(self) -> bool:
        """Whether nothing can stand in for these samples. For those that weights are rounded with,
        statistics of batch norms can; for those that say how large activations become, nothing.
        """
        return self.auto is not None or self.storage in CALIBRATED_ENCODINGS

    @property
    def _has_options(self) -> bool:
        return (
            self.rounding is not Rounding.NEAREST
            or self.levels is not None
            or self.sparsity is not None
        )


_OPTIONS = re.compile(
    r"[^-]+(?P<gptq>-gptq)?(-s(?P<percent>[0-9]+(\.[0-9]+)?))?(-l(?P<levels>[0-9]+))?"
)


def rounded_part(key: str) -> Encoding:
    """The encoding that a key of a map of patterns stands for: ``float16``, ``uint8-gptq-s50-l64``.

    The grammar is that of encodings' names, and a suite's keys were checked against it.
    """
    options = _OPTIONS.fullmatch(key)
    if options is None:
        return Encoding(key)
    return Encoding(
        key,
        None,
        Rounding.GPTQ if options["gptq"] else Rounding.NEAREST,
        int(options["levels"]) if options["levels"] else None,
        share_of(options["percent"]) if options["percent"] else None,
    )


def share_of(percent: str) -> float:
    """0.8 for ``80``: dividing as decimals gives the number that is written so."""
    return float(Decimal(percent) / 100)
