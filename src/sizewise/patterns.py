"""Weights told apart by shell patterns over their names, as a map of patterns has them."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Sequence

from sizewise.domain import Encoding
from sizewise.errors import ConversionError

_SHOWN = 5


def assigned(names: Sequence[str], encoding: Encoding) -> dict[str, str]:
    """The key of the map ``encoding.patterns`` that each of ``names`` falls to, where one does.

    A key whose only pattern is ``*`` takes what no other pattern matches, as the flags without a
    value of TensorFlow.js's own converter do. Raises ConversionError for two keys with ``*``, for
    a name that two keys claim and for a pattern that matches nothing.
    """
    patterns = encoding.patterns or {}
    rest = [key for key, given in patterns.items() if given == ("*",)]
    if len(rest) > 1:
        raise ConversionError(
            f"encoding {encoding.name!r} gives the pattern '*' to {' and to '.join(rest)}",
            advice="only one type can take what the other patterns leave",
        )
    return (dict.fromkeys(names, rest[0]) if rest else {}) | _claims(names, encoding)


def pattern_of(name: str) -> str:
    """The pattern that matches ``name`` alone."""
    return re.sub(r"[*?[]", lambda sign: f"[{sign[0]}]", name)


def _claims(names: Sequence[str], encoding: Encoding) -> dict[str, str]:
    """The keys of the weights that a pattern other than a lone ``*`` matches."""
    claims: dict[str, tuple[str, str]] = {}
    for key, patterns in (encoding.patterns or {}).items():
        for pattern in () if patterns == ("*",) else patterns:
            matched = [name for name in names if fnmatch.fnmatchcase(name, pattern)]
            if not matched:
                raise _no_match(pattern, names, encoding)
            for name in matched:
                other, theirs = claims.setdefault(name, (key, pattern))
                if other != key:
                    raise ConversionError(
                        f"encoding {encoding.name!r} claims weight {name!r} twice: "
                        f"{other} by {theirs!r} and {key} by {pattern!r}",
                        advice="narrow one of the patterns",
                    )
    return {name: key for name, (key, _) in claims.items()}


def _no_match(pattern: str, names: Iterable[str], encoding: Encoding) -> ConversionError:
    listed = list(names)
    shown = ", ".join(listed[:_SHOWN]) + (", …" if len(listed) > _SHOWN else "")
    return ConversionError(
        f"pattern {pattern!r} of encoding {encoding.name!r} matches no weight",
        advice=f"the weights are {shown}" if listed else "the model has no float weights",
    )
