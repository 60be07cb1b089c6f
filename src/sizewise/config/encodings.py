"""The grammar of encodings' names, the same in a suite and in a job id.

::

    encoding = plain                       float16, one of the target's own
             | "uint8" option              of tfjs
             | "int8-gptq"                 of tflite
    option   = "-gptq" | "-l" levels | "-gptq-l" levels
    levels   = digits                      from 2 to 255, without leading zeros

``gptq`` makes the error of each rounded weight good by the weights that follow, on calibration
samples; ``l64`` uses 64 of the 256 levels, which costs 6 bits a weight once a server compresses
the file. A name has one spelling: ``uint8-l256`` is ``uint8``.

An encoding can be spelt out instead, ``{uint8: {rounding: gptq, levels: 64}}``, and goes by the
name that the grammar gives it. A map of patterns has a name of its own, which no sentence of the
grammar is.
"""

from __future__ import annotations

import re

from sizewise.config.rules import GrammarError
from sizewise.domain import ENCODINGS, Encoding, Rounding, Target
from sizewise.errors import did_you_mean

ALL_LEVELS = 256
MIN_LEVELS = 2
_BASE = {Target.TFJS: "uint8", Target.TFLITE: "int8"}
"""The encoding of each target whose rounding can be chosen."""
_EXAMPLES = {
    Target.TFJS: ("uint8-gptq", "uint8-l64", "uint8-gptq-l64"),
    Target.TFJS_LAYERS: (),
    Target.TFLITE: ("int8-gptq",),
}
_PATTERNS = {
    Target.TFJS: "uint8(-gptq)?(-l[0-9]{1,3})?",
    Target.TFLITE: "int8(-gptq)?",
}
_OPTION = re.compile(r"(?P<gptq>gptq)|l(?P<levels>[0-9]{1,9})")


def encoding_pattern(target: Target) -> str:
    """What a name looks like, as a regular expression; ``decode_encoding`` has the last word."""
    return "|".join([*map(re.escape, ENCODINGS[target]), *filter(None, [_PATTERNS.get(target)])])


def rounded_encoding(base: str, rounding: Rounding, levels: int | None) -> Encoding:
    """The encoding ``base`` with another rounding or fewer levels, by its only name."""
    if levels == ALL_LEVELS:
        levels = None
    gptq = "-gptq" if rounding is Rounding.GPTQ else ""
    suffix = "" if levels is None else f"-l{levels}"
    return Encoding(f"{base}{gptq}{suffix}", None, rounding, levels)


def decode_encoding(name: str, target: Target) -> Encoding:
    """The encoding of ``target`` that ``name`` stands for.

    Raises GrammarError for no name, and for one of another target.
    """
    if name in ENCODINGS[target]:
        return Encoding(name)
    base, *options = name.split("-")
    if base != _BASE.get(target) or not options:
        raise _unknown(name, target)
    found = [_OPTION.fullmatch(option) for option in options]
    if None in found or len(options) > len(("gptq", "levels")):
        raise _unknown(name, target)
    levels = next((int(match["levels"]) for match in found if match and match["levels"]), None)
    _check_levels(name, levels, target)
    is_gptq = any(match and match["gptq"] for match in found)
    encoding = rounded_encoding(base, Rounding.GPTQ if is_gptq else Rounding.NEAREST, levels)
    if encoding.name != name:
        raise GrammarError(f"unknown encoding {name!r} of {target}", f"write {encoding.name}")
    return encoding


def _check_levels(name: str, levels: int | None, target: Target) -> None:
    if levels is None:
        return
    if target is Target.TFLITE:
        raise GrammarError(
            f"{name} has a number of levels, which a .tflite file makes no use of",
            "leave it out, or write uint8-l64 for tfjs",
        )
    if not MIN_LEVELS <= levels <= ALL_LEVELS:
        raise GrammarError(
            f"{name} has {levels} level{'' if levels == 1 else 's'}",
            f"write from {MIN_LEVELS} to {ALL_LEVELS - 1}, such as uint8-l64",
        )


def _unknown(name: str, target: Target) -> GrammarError:
    known = (*ENCODINGS[target], *_EXAMPLES[target])
    others = [str(other) for other in Target if other is not target and _is_name(name, other)]
    if others:
        return GrammarError(
            f"{name} is an encoding of {', '.join(others)}", f"for {target}: {', '.join(known)}"
        )
    return GrammarError(f"unknown encoding {name!r} of {target}", did_you_mean(name, known))


def _is_name(name: str, target: Target) -> bool:
    """Whether ``name`` looks like an encoding of ``target``."""
    return re.fullmatch(encoding_pattern(target), name) is not None
