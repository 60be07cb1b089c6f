"""Mixes of encodings: names of weights, and how each is stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sizewise.domain import Encoding, Rounding
from sizewise.patterns import pattern_of

NAME = "tuned"
"""What a mix is called in job ids."""

ALL = "*"
"""The key of a trial in which all weights are stored alike."""

LEVELS = (128, 64, 48, 32, 24, 16, 12, 9, 7, 5, 3)
"""How many of the 256 levels of uint8 a kernel may use. Where there are few, an odd number serves
better: as many lie below 0 as above.
"""

SPARSITIES = (50, 70, 80, 90)
"""How many percent of a kernel's weights may go; with fewer, some levels fewer save more."""

SPARSE_LEVELS = (16, 9, 5, 3)
"""How many levels those that stay may use: with more, fewer zeros do better."""

PLAIN = ("float32", "float16", "uint16", "uint8")
"""The encodings of the upstream converter, from the most exact to the smallest."""

CALIBRATED = "uint8-gptq"


def rounded_encodings() -> tuple[Encoding, ...]:
    """The encodings that a kernel can have beside the plain ones: calibrated, also with zeros, or
    if it cannot be, on fewer levels.
    """
    return (
        Encoding(CALIBRATED, None, Rounding.GPTQ),
        *(Encoding(f"{CALIBRATED}-l{levels}", None, Rounding.GPTQ, levels) for levels in LEVELS),
        *(
            Encoding(
                f"{CALIBRATED}-s{percent}-l{levels}", None, Rounding.GPTQ, levels, percent / 100
            )
            for percent in SPARSITIES
            for levels in SPARSE_LEVELS
        ),
        *(Encoding(f"uint8-l{levels}", None, Rounding.NEAREST, levels) for levels in LEVELS),
    )


def mix_of(chosen: Mapping[str, str], rest: str, small: Iterable[str]) -> dict[str, str]:
    """The storage of every weight, where ``chosen`` has that of kernels and, under ``rest``, of all
    ``small`` ones.

    In 8 bits, small weights that are the biases of calibrated kernels are calibrated with them.
    """
    mix = {name: key for name, key in chosen.items() if name != rest}
    own = chosen.get(rest, "float32")
    if own == "uint8" and any(key.startswith(CALIBRATED) for key in mix.values()):
        own = CALIBRATED
    return mix | dict.fromkeys(small, own)


def encoding_of(mix: Mapping[str, str]) -> Encoding:
    """The encoding that stores weights as a mix says; those that stay float32 are not named."""
    if ALL in mix:
        return Encoding(mix[ALL])
    patterns: dict[str, list[str]] = {}
    for name, key in mix.items():
        if key != "float32":
            patterns.setdefault(key, []).append(pattern_of(name))
    if not patterns:
        return Encoding("float32")
    return Encoding(NAME, {key: tuple(patterns[key]) for key in sorted(patterns)})
