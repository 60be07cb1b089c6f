"""The constants of an optimised graph, and how an encoding stores each of them."""

from __future__ import annotations

import fnmatch
import glob
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sizewise.domain import Array, Encoding
from sizewise.errors import ConversionError, did_you_mean

PLAIN = "float32"
"""The storage type that leaves a weight as it is."""

STORAGE_TYPES = (PLAIN, "float16", "uint16", "uint8")
"""How a weight can be stored."""

_NARROWED = {
    np.dtype(np.float16): np.dtype(np.float32),
    np.dtype(np.float64): np.dtype(np.float32),
    np.dtype(np.int64): np.dtype(np.int32),
    np.dtype(np.complex128): np.dtype(np.complex64),
}
"""Types that TF.js lacks, and what the upstream converter stores instead."""


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
    return tuple(Weight(entry["name"], _narrowed(entry["data"])) for entry in group)


def _narrowed(values: Array) -> Array:
    return values.astype(_NARROWED.get(values.dtype, values.dtype), copy=False)


def quantization_map(weights: Sequence[Weight], encoding: Encoding) -> dict[str, Any]:
    """The storage types as the upstream converter's ``write_weights`` takes them.

    Raises ConversionError where the encoding cannot be applied.
    """
    names = [weight.name for weight in weights if weight.can_be_quantized]
    types = storage_types(names, encoding)
    for weight in weights:
        _check_finite(weight, types.get(weight.name, PLAIN))
    used = {storage for storage in types.values() if storage != PLAIN}
    if len(used) == 1 and PLAIN not in types.values() and not any(map(_is_empty, weights)):
        return {used.pop(): True}
    return {
        storage: [glob.escape(name) for name, theirs in types.items() if theirs == storage]
        for storage in sorted(used)
    }


def _is_empty(weight: Weight) -> bool:
    return weight.values.size == 0


def _check_finite(weight: Weight, storage: str) -> None:
    if storage != PLAIN and not np.isfinite(weight.values).all():
        raise ConversionError(
            f"weight {weight.name!r} holds NaN or infinity, which {storage} cannot store",
            advice="train or export the model again, or use float32",
        )


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
