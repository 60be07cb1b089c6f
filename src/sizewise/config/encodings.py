"""The grammar of encodings' names, the same in a suite and in a job id.

::

    encoding = plain                       float16, one of the target's own
             | "uint8" option              of tfjs
             | "int8-gptq"                 of tflite
    option   = "-l" levels | "-gptq" ["-s" percent] ["-l" levels]
    percent  = digits ["." digits]         above 0, below 100, without needless zeros
    levels   = digits                      from 2 to 255, without leading zeros

``gptq`` makes the error of each rounded weight good by the weights that follow, on calibration
samples; ``s50`` makes half of each kernel's weights 0 in the same pass; ``l64`` uses 64 of the 256
levels, which costs 6 bits a weight once a server compresses the file. A name has one spelling:
``uint8-l256`` is ``uint8``, and the sparsity comes before the levels.

An encoding can be spelt out instead, ``{uint8: {rounding: gptq, sparsity: 0.5, levels: 64}}``, and
goes by the name that the grammar gives it. A map of patterns has a name of its own, which no
sentence of the grammar is.
"""

from __future__ import annotations

import re

from sizewise.config.rules import GrammarError
from sizewise.domain import ENCODINGS, Encoding, Rounding, Target
from sizewise.domain.encoding import share_of
from sizewise.errors import did_you_mean

ALL_LEVELS = 256
MIN_LEVELS = 2
_BASE = {Target.TFJS: "uint8", Target.TFLITE: "int8"}
"""The encoding of each target whose rounding can be chosen."""
_EXAMPLES = {
    Target.TFJS: ("uint8-gptq", "uint8-l64", "uint8-gptq-l64", "uint8-gptq-s50-l64"),
    Target.TFJS_LAYERS: (),
    Target.TFLITE: ("int8-gptq",),
}
ROUNDED_PATTERN = r"uint8(-gptq(-s[0-9]{1,2}(\.[0-9]{1,9})?)?)?(-l[0-9]{1,3})?"
"""What a name of TensorFlow.js's own rounded encodings, or ``uint8``, looks like."""
_PATTERNS = {
    Target.TFJS: ROUNDED_PATTERN,
    Target.TFLITE: "int8(-gptq)?",
}
_OPTION = re.compile(
    r"(?P<gptq>gptq)|s(?P<percent>[0-9]{1,9}(\.[0-9]{1,9})?)|l(?P<levels>[0-9]{1,9})"
)


def encoding_pattern(target: Target) -> str:
    """What a name looks like, as a regular expression; ``decode_encoding`` has the last word."""
    return "|".join([*map(re.escape, ENCODINGS[target]), *filter(None, [_PATTERNS.get(target)])])


def rounded_encoding(
    base: str, rounding: Rounding, levels: int | None, sparsity: float | None = None
) -> Encoding:
    """The encoding ``base`` with another rounding, zeros or fewer levels, by its only name."""
    if levels == ALL_LEVELS:
        levels = None
    name = base + ("-gptq" if rounding is Rounding.GPTQ else "")
    name += "" if sparsity is None else f"-s{sparsity * 100:g}"
    name += "" if levels is None else f"-l{levels}"
    return Encoding(name, None, rounding, levels, sparsity)


def check_sparsity(name: str, sparsity: float, rounding: Rounding) -> None:
    """Raise GrammarError where ``name`` has a sparsity that it cannot have."""
    if not 0 < sparsity < 1:
        raise GrammarError(
            f"{name} has a sparsity of {sparsity:g}",
            "the sparsity is above 0 and below 1, in a name a percentage, such as uint8-gptq-s50",
        )
    if rounding is not Rounding.GPTQ:
        raise GrammarError(
            f"{name} has a sparsity, and nothing makes up for the weights that go",
            "add gptq, as in uint8-gptq-s50, or use a transform such as prune50",
        )


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
    if None in found or len(options) > len(("gptq", "sparsity", "levels")):
        raise _unknown(name, target)
    told = {
        key: text for match in found if match for key, text in match.groupdict().items() if text
    }
    levels = int(told["levels"]) if "levels" in told else None
    sparsity = share_of(told["percent"]) if "percent" in told else None
    rounding = Rounding.GPTQ if "gptq" in told else Rounding.NEAREST
    _check_levels(name, levels, target)
    if sparsity is not None:
        _check_zeros(name, sparsity, rounding, target)
    encoding = rounded_encoding(base, rounding, levels, sparsity)
    if encoding.name != name:
        raise GrammarError(f"unknown encoding {name!r} of {target}", f"write {encoding.name}")
    return encoding


def is_encoding(name: str) -> bool:
    """Whether ``name`` stands for an encoding of TensorFlow.js's graph models."""
    try:
        decode_encoding(name, Target.TFJS)
    except GrammarError:
        return False
    return True


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


def _check_zeros(name: str, sparsity: float, rounding: Rounding, target: Target) -> None:
    if target is Target.TFLITE:
        raise GrammarError(
            f"{name} has a sparsity, which is an option of tfjs",
            f"use the transform prune{sparsity * 100:g}obs with int8-gptq",
        )
    check_sparsity(name, sparsity, rounding)


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
