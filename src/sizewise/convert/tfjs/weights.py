"""The constants of an optimised graph, and how an encoding stores each of them."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sizewise.convert import checks
from sizewise.domain import Array, Encoding
from sizewise.errors import ConversionError, did_you_mean

PLAIN = "float32"
"""The storage type that leaves a weight as it is."""

STORAGE_TYPES = (PLAIN, "float16", "uint16", "uint8")
"""How a weight can be stored."""

_NARROWED = {
    np.dtype(np.float16): np.dtype(np.float32),
    np.dtype(np.float64): np.dtype(np.float32),
    np.dtype(np.complex128): np.dtype(np.complex64),
}
"""Types that TF.js lacks, and what is stored instead, as the upstream converter does."""

_STORED = frozenset(map(np.dtype, ("float32", "int32", "complex64", "bool", "object")))
"""Types that are stored as they are; text is of the type object."""


@dataclass(frozen=True, slots=True)
class Weight:
    """A constant by the name of its node."""

    name: str
    values: Array

    @property
    def can_be_quantized(self) -> bool:
        """Whether encodings apply to it: they leave integers, text and empty tensors alone."""
        return self.values.dtype == np.float32 and self.values.size > 0


def extract_weights(graph_def: Any) -> tuple[Weight, ...]:
    """Take the constants out of ``graph_def``, whose constants are empty afterwards."""
    from tensorflowjs.converters import tf_saved_model_conversion_v2 as upstream

    (group,) = upstream.extract_weights(graph_def)
    return tuple(
        Weight(entry["name"], stored_values(entry["name"], entry["data"])) for entry in group
    )


def stored_values(name: str, values: Array) -> Array:
    """``values`` in a type that TF.js has.

    All integers become int32. Raises ConversionError for integers that int32 cannot hold, which
    the upstream converter would let wrap around, and for types without a counterpart.
    """
    if values.dtype.kind in "SU":
        return values.astype(object)
    if values.dtype.kind in "iu":
        limits = np.iinfo(np.int32)
        if values.size and not limits.min <= int(values.min()) <= int(values.max()) <= limits.max:
            raise ConversionError(
                f"constant {name!r} holds {values.dtype} values beyond {limits.max}, and TF.js has "
                "no wider integers than int32",
                advice="use float32, or smaller numbers, in the model",
            )
        return values.astype(np.int32, copy=False)
    values = values.astype(_NARROWED.get(values.dtype, values.dtype), copy=False)
    if values.dtype not in _STORED:
        raise ConversionError(f"constant {name!r} is of type {values.dtype}, which TF.js lacks")
    return values


@dataclass(frozen=True, slots=True)
class Plan:
    """The storage type of each weight by name, and what was found when it was chosen."""

    types: Mapping[str, str]
    notes: tuple[str, ...]


def plan_storage(weights: Sequence[Weight], encoding: Encoding) -> Plan:
    """How ``encoding`` stores each of ``weights``.

    Where float16 would make a weight infinite, or a positive one 0, it stays float32, and a note
    says so: an epsilon of 0 would end in NaN. Raises ConversionError where the encoding cannot be
    applied, and for a weight that is not finite, which only float32 stores.
    """
    names = [weight.name for weight in weights if weight.can_be_quantized]
    types = dict.fromkeys((weight.name for weight in weights), PLAIN)
    types |= storage_types(names, encoding)
    findings = [
        (found, weight.name) for weight in weights if (found := checks.shape_finding(weight.values))
    ]
    for weight in weights:
        storage = types[weight.name]
        if storage != PLAIN:
            checks.require_finite(weight.name, weight.values, storage)
        if storage == "float16" and (found := checks.float16_finding(weight.values)):
            findings.append((found, weight.name))
            if found in checks.KEPT:
                types[weight.name] = PLAIN
    return Plan(types, checks.notes(findings))


def storage_types(names: Sequence[str], encoding: Encoding) -> dict[str, str]:
    """The storage type of each weight in ``names``.

    A plain encoding holds for all. Of an encoding with patterns, a type whose only pattern is
    ``*`` takes what no other pattern matches, as the upstream converter's flags without a value
    do. Raises ConversionError for an unknown type, for two types with ``*``, for a weight that two
    types claim and for a pattern that matches nothing.
    """
    if encoding.patterns is None:
        _check_type(encoding.name)
        return dict.fromkeys(names, encoding.name)
    for storage in encoding.patterns:
        _check_type(storage)
    rest = [storage for storage, patterns in encoding.patterns.items() if patterns == ("*",)]
    if len(rest) > 1:
        raise ConversionError(
            f"encoding {encoding.name!r} gives the pattern '*' to {' and to '.join(rest)}",
            advice="only one type can take what the other patterns leave",
        )
    claims = _claims(names, encoding)
    return dict.fromkeys(names, rest[0] if rest else PLAIN) | claims


def _claims(names: Sequence[str], encoding: Encoding) -> dict[str, str]:
    """The storage types of the weights that a pattern other than a lone ``*`` matches."""
    claims: dict[str, tuple[str, str]] = {}
    for storage, patterns in (encoding.patterns or {}).items():
        for pattern in () if patterns == ("*",) else patterns:
            matched = [name for name in names if fnmatch.fnmatchcase(name, pattern)]
            if not matched:
                raise _no_match(pattern, names, encoding)
            for name in matched:
                other, theirs = claims.setdefault(name, (storage, pattern))
                if other != storage:
                    raise ConversionError(
                        f"encoding {encoding.name!r} claims weight {name!r} twice: "
                        f"{other} by {theirs!r} and {storage} by {pattern!r}",
                        advice="narrow one of the patterns",
                    )
    return {name: storage for name, (storage, _) in claims.items()}


def _no_match(pattern: str, names: Sequence[str], encoding: Encoding) -> ConversionError:
    shown = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
    return ConversionError(
        f"pattern {pattern!r} of encoding {encoding.name!r} matches no weight",
        advice=f"the weights are {shown}" if names else "the model has no float weights",
    )


def _check_type(storage: str) -> None:
    if storage not in STORAGE_TYPES:
        raise ConversionError(
            f"{storage!r} is no way to store weights for TF.js",
            advice=did_you_mean(storage, STORAGE_TYPES),
        )
