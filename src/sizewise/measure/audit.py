"""Is what an artifact was made for in its own bytes? Where it is not, plain words that say so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from sizewise.domain import (
    Cluster,
    Encoding,
    Pattern,
    Prune,
    Qat,
    Scope,
    Target,
    TensorReport,
    Transform,
)
from sizewise.measure.tensors import WeightReport
from sizewise.patterns import assigned
from sizewise.units import format_bytes, format_number

TOLERANCE = 0.01
"""How much of the zeros asked for a kernel may lack: zeros are counted in whole weights."""
_COUNTED_FROM = 100
"""Kernels of fewer weights are not held to a sparsity: one weight is more than the tolerance."""
_PRUNED_FROM = 16
"""Encodings with zeros leave kernels of fewer weights an output as they are."""
_STORED_FROM = 1024
"""Kernels of fewer weights may be kept in floating point: converters do so, and little is lost."""
_SHOWN = 3
_FLOATING = frozenset(["float32", "float16"])
_WIDE = frozenset(["uint16"])
"""Integers that are no smaller than float16."""


def pattern_of(transform: Transform) -> Pattern | None:
    """The N:M pattern that the kernels of a transform's artifacts are to have, if any."""
    patterns = [step.pattern for step in transform.steps if isinstance(step, Prune)]
    return next((pattern for pattern in reversed(patterns) if pattern is not None), None)


def audit(
    transform: Transform, encoding: Encoding, target: Target, report: WeightReport
) -> tuple[str, ...]:
    """What the artifact's bytes, as ``report`` has them, say against its job: each flag a
    sentence with names and figures, none where all is as it was asked for.

    Too few zeros, for the transform or for the encoding, a broken N:M pattern (where ``report`` was
    made with it), too many distinct values, integers in an artifact of floating point or the other
    way round, integers that take more than float16 would, and names that the wrappers of training
    leave behind. An encoding of patterns is not held to a storage type.
    """
    kernels = [tensor for tensor in report.tensors if tensor.is_kernel]
    return (
        *_sparsity(transform, report, kernels),
        *_encoded_sparsity(encoding, report, kernels),
        *_pattern(transform, kernels),
        *_clusters(transform, kernels),
        *_storage(encoding, report, kernels),
        *_size(encoding, report),
        *_wrappers(transform, target, report),
    )


def _sparsity(
    transform: Transform, report: WeightReport, kernels: Sequence[TensorReport]
) -> Iterator[str]:
    steps = [s for s in transform.steps if isinstance(s, Prune) and s.sparsity is not None]
    for scope in Scope:
        asked = max((s.sparsity or 0.0 for s in steps if s.scope is scope), default=None)
        if asked is None:
            continue
        if scope is Scope.GLOBAL:
            least = asked - TOLERANCE
            if report.sparsity is not None and report.sparsity < least:
                share = format_number(100 * report.sparsity, 1)
                limit = f"{format_number(100 * least, 1)} % zeros"
                yield f"{transform.name}: all kernels together have {share} %, less than {limit}"
            continue
        counted = [
            kernel
            for kernel in kernels
            if kernel.elements >= _COUNTED_FROM
            and kernel.zeros is not None
            and not all(step.spares(kernel.elements) for step in steps if step.scope is scope)
        ]
        yield from _too_few_zeros(transform.name, asked, counted)


def _encoded_sparsity(
    encoding: Encoding, report: WeightReport, kernels: Sequence[TensorReport]
) -> Iterator[str]:
    """The zeros that an encoding, or each part of a map of patterns, makes.

    It makes them in kernels of convolutions and dense layers, but where an output has few weights.
    """
    counted = [
        kernel
        for kernel in kernels
        if kernel.elements >= _COUNTED_FROM
        and (kernel.inputs or 0) >= _PRUNED_FROM
        and kernel.zeros is not None
    ]
    for part, names in _parts(encoding, report).items():
        if part.sparsity is not None:
            own = [kernel for kernel in counted if kernel.name in names]
            yield from _too_few_zeros(part.name, part.sparsity, own)


def _parts(encoding: Encoding, report: WeightReport) -> Mapping[Encoding, set[str]]:
    """Encodings, and the names of the constants that are stored so."""
    names = [t.name for t in report.tensors if t.quantized or t.dtype in _FLOATING]
    if encoding.patterns is None:
        return {encoding: set(names)}
    found: dict[Encoding, set[str]] = {}
    for name, key in assigned(names, encoding).items():
        found.setdefault(encoding.parts[key], set()).add(name)
    return found


def _too_few_zeros(name: str, asked: float, counted: Sequence[TensorReport]) -> Iterator[str]:
    least = asked - TOLERANCE
    lacking = [kernel for kernel in counted if (kernel.zeros or 0) < least * kernel.elements]
    yield from _flag(
        f"{name}: {len(lacking)} of {len(counted)} kernels have less than "
        f"{format_number(100 * least, 1)} % zeros",
        lacking,
        lambda kernel: f"{kernel.zeros} of {kernel.elements}",
    )


def _pattern(transform: Transform, kernels: Sequence[TensorReport]) -> Iterator[str]:
    pattern = pattern_of(transform)
    if pattern is not None:
        yield from _flag(
            f"{transform.name}: more than {pattern.kept} of {pattern.group} consecutive weights "
            "are not 0",
            [kernel for kernel in kernels if kernel.dense_groups],
            lambda kernel: f"in {kernel.dense_groups} groups",
        )


def _clusters(transform: Transform, kernels: Sequence[TensorReport]) -> Iterator[str]:
    """Of integers with a scale for each channel, levels are counted channel by channel: equal
    weights of two channels are unequal integers.
    """
    asked = min((s.clusters for s in transform.steps if isinstance(s, Cluster)), default=None)
    if asked is None:
        return
    counts = {kernel: _values_of(kernel) for kernel in kernels}
    many = [kernel for kernel, count in counts.items() if count > asked]
    yield from _flag(
        f"{transform.name}: {len(many)} of {len(kernels)} kernels have more than {asked} "
        "distinct values",
        many,
        lambda kernel: (
            f"{counts[kernel]}{'' if kernel.distinct_per_channel is None else ' in a channel'}"
        ),
    )


def _values_of(kernel: TensorReport) -> int:
    """Distinct values that the kernel may be held to; 0 where they cannot be told."""
    if kernel.distinct_per_channel is not None:
        return kernel.distinct_per_channel
    return kernel.distinct or 0


def _storage(
    encoding: Encoding, report: WeightReport, kernels: Sequence[TensorReport]
) -> Iterator[str]:
    if encoding.patterns is not None:
        return
    if encoding.storage in _FLOATING:
        integers = [tensor for tensor in report.tensors if tensor.quantized]
        yield from _flag(
            f"{encoding.name}: {len(integers)} of {len(report.tensors)} constants are "
            "quantized integers",
            integers,
            lambda tensor: tensor.dtype,
        )
    large = [kernel for kernel in kernels if kernel.elements >= _STORED_FROM]
    if encoding.storage == "float16":
        other = [kernel for kernel in large if kernel.dtype == "float32"]
    elif _is_integer(encoding):
        other = [kernel for kernel in large if not kernel.quantized]
    else:
        return
    yield from _flag(
        f"{encoding.name}: {len(other)} of {len(kernels)} kernels are stored otherwise",
        other,
        lambda kernel: kernel.dtype,
    )


def _size(encoding: Encoding, report: WeightReport) -> Iterator[str]:
    """Integers of a byte or less that take more room than float16 would."""
    if encoding.patterns is not None or not _is_integer(encoding) or encoding.storage in _WIDE:
        return
    halves = sum(
        2 * tensor.elements if tensor.quantized or tensor.dtype in _FLOATING else tensor.size_bytes
        for tensor in report.tensors
    )
    if report.weight_bytes > halves:
        yield (
            f"{encoding.name}: the constants take {format_bytes(report.weight_bytes)}, more than "
            f"the {format_bytes(halves)} of float16"
        )


def _is_integer(encoding: Encoding) -> bool:
    return "int" in encoding.storage


def _wrappers(transform: Transform, target: Target, report: WeightReport) -> Iterator[str]:
    """Names alone tell, and a layer may be called so by its author: ``quant_`` and ``cluster_``
    count only after the training that leaves them. TFLite's converter turns those of
    quantization-aware training into the scales that they are for.
    """
    prefixes = ["prune_low_magnitude_"]
    if any(isinstance(step, Cluster) for step in transform.training):
        prefixes.append("cluster_")
    if target is not Target.TFLITE and any(isinstance(s, Qat) for s in transform.training):
        prefixes.append("quant_")
    found = [name for name in report.wrappers if name.startswith(tuple(prefixes))]
    if found:
        yield f"{transform.name}: wrappers of training are left: {_listed(found)}"


def _flag(
    words: str, tensors: Sequence[TensorReport], figure: Callable[[TensorReport], str]
) -> Iterator[str]:
    """``words: name figure, name figure, name figure and 4 more``; nothing for no tensor."""
    if tensors:
        yield f"{words}: {_listed([f'{t.name} ({figure(t)})' for t in tensors])}"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
