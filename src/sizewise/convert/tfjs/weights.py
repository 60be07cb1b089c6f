"""The constants of an optimised graph, and how an encoding stores each of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np

from sizewise.convert import checks
from sizewise.domain import Array, Encoding, RoundedWeight
from sizewise.errors import ConversionError, did_you_mean
from sizewise.patterns import assigned

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


@dataclass(frozen=True)
class Weight:
    """A constant by the name of its node."""

    name: str
    values: Array

    @cached_property
    def extremes(self) -> tuple[Any, Any]:
        """The smallest and the largest of its numbers, found once; NaN where one is NaN."""
        return self.values.min(), self.values.max()

    @property
    def can_be_quantized(self) -> bool:
        """Whether encodings apply to it: they leave integers, text and empty tensors alone."""
        return self.values.dtype == np.float32 and self.values.size > 0


def extract_weights(
    graph_def: Any, beside: Mapping[str, Array] = MappingProxyType({})
) -> tuple[Weight, ...]:
    """Take the constants out of ``graph_def``, whose constants are empty afterwards.

    ``beside`` are values that are not in it, by the names of their constants.
    """
    from tensorflowjs.converters import tf_saved_model_conversion_v2 as upstream

    with _as_numbers(node for node in graph_def.node if node.name in beside):
        (group,) = upstream.extract_weights(graph_def)
    return tuple(
        Weight(name, stored_values(name, beside.get(name, entry["data"])))
        for entry in group
        for name in [entry["name"]]
    )


@contextmanager
def _as_numbers(constants: Iterable[Any]) -> Iterator[None]:
    """Let ``constants`` be single numbers for a while, so that nobody makes arrays of them."""
    tensors = [node.attr["value"].tensor for node in constants]
    shapes = [tensor.tensor_shape.SerializeToString() for tensor in tensors]
    for tensor in tensors:
        tensor.tensor_shape.Clear()
    yield
    for tensor, shape in zip(tensors, shapes, strict=True):
        tensor.tensor_shape.ParseFromString(shape)


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
            checks.require_finite(weight.name, np.array(weight.extremes), storage)
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
        _check_type(encoding.storage)
        return dict.fromkeys(names, encoding.storage)
    parts = encoding.parts
    for part in parts.values():
        _check_type(part.storage)
    types = {name: parts[key].storage for name, key in assigned(names, encoding).items()}
    return dict.fromkeys(names, PLAIN) | types


def check_rounded(
    weights: Sequence[Weight], rounded: Mapping[str, RoundedWeight], encoding: Encoding
) -> None:
    """Raise ConversionError where ``rounded`` are no levels for ``weights``, or are missing."""
    if encoding.is_rounded and not rounded:
        raise ConversionError(
            f"the levels of {encoding.name} are chosen before it is written, and none were given",
            advice=f"use {encoding.storage}, which needs none",
        )
    known = {weight.name: weight for weight in weights}
    for name, one in rounded.items():
        weight = known.get(name)
        if weight is None or not weight.can_be_quantized:
            raise ConversionError(f"levels are given for {name!r}, which is no float weight")
        if one.levels.dtype != np.uint8 or one.levels.shape != weight.values.shape:
            raise ConversionError(
                f"the levels of {name!r} are {one.levels.dtype} of shape {one.levels.shape}, and "
                f"not uint8 of shape {weight.values.shape}"
            )


def _check_type(storage: str) -> None:
    if storage not in STORAGE_TYPES:
        raise ConversionError(
            f"{storage!r} is no way to store weights for TF.js",
            advice=did_you_mean(storage, STORAGE_TYPES),
        )
