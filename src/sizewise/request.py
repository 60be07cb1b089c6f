"""What a conversion is asked for, proven meaningful before any model is opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from sizewise.config.argument import known_word
from sizewise.config.encodings import decode_encoding
from sizewise.config.rules import GrammarError
from sizewise.config.transforms import decode_transform
from sizewise.domain import Array, ConversionOptions, Encoding, Target, Transform
from sizewise.errors import RequestError
from sizewise.plan import mismatch

EncodingName: TypeAlias = "str | Mapping[str, str | Sequence[str]]"
"""A name, or for ``tfjs`` a map from storage types to patterns of weight names."""

Calibration: TypeAlias = "Array | Mapping[str, Array]"
"""Samples: an array for a model with one input, or one by the name of each input."""

MIXED = "mixed"
"""The name of an encoding that is a map of patterns."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be made of a model, proven meaningful."""

    target: Target
    transform: Transform
    encodings: tuple[Encoding, ...]
    calibrate: Mapping[str, Array] | None
    overwrite: bool
    options: ConversionOptions
    custom_ops: frozenset[str]
    custom_ops_module: Path | None


def request(
    *,
    encodings: Sequence[EncodingName],
    transform: str,
    target: str,
    calibrate: Calibration | None,
    overwrite: bool,
    options: ConversionOptions,
    custom_ops: Sequence[str],
    custom_ops_module: str | Path | None,
) -> Request:
    """What is asked for, if it can be meant. Raises RequestError."""
    known_word(target, [each.value for each in Target], "target")
    changed = _transform(transform)
    decoded = tuple(_encoding(each, Target(target)) for each in encodings)
    if not decoded:
        raise RequestError("there is no encoding to write", advice="name one, such as float32")
    names = [each.name for each in decoded]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise RequestError(f"the encoding {twice!r} is asked for twice")
    for each in decoded:
        if reason := mismatch(changed, each, Target(target)):
            raise RequestError(reason, advice="choose another transform, encoding or target")
    if calibrate is None:
        _require_uncalibrated(changed, decoded)
    arrays = calibrate if calibrate is None or isinstance(calibrate, Mapping) else {"x": calibrate}
    return Request(
        Target(target),
        changed,
        decoded,
        arrays,
        overwrite,
        options,
        frozenset(custom_ops),
        require_module(custom_ops_module),
    )


def require_module(written: str | Path | None) -> Path | None:
    """The absolute path of a JavaScript module, None for none.

    Raises RequestError where there is no such file.
    """
    if written is None:
        return None
    if not Path(written).is_file():
        raise RequestError(f"{written} does not exist", advice="name a JavaScript module")
    return Path(written).absolute()


def _transform(name: str) -> Transform:
    try:
        transform = decode_transform(name)
    except GrammarError as error:
        raise _refused(error) from error
    if transform.training:
        raise RequestError(
            f"{name} trains the model, which is for a suite: it judges what training made",
            advice=f"write transforms: [{name}] and data with samples to train on; the artifact "
            "is in the run's folder",
        )
    return transform


def _encoding(written: EncodingName, target: Target) -> Encoding:
    if isinstance(written, str):
        return _named_encoding(written, target)
    if target is not Target.TFJS:
        raise RequestError(f"{target} takes no map of patterns", advice="name an encoding")
    for key in written:
        _named_encoding(key, target)
    patterns = {
        storage: (each,) if isinstance(each, str) else tuple(each)
        for storage, each in written.items()
    }
    return Encoding(MIXED, patterns)


def _named_encoding(name: str, target: Target) -> Encoding:
    try:
        return decode_encoding(name, target)
    except GrammarError as error:
        raise _refused(error) from error


def _refused(error: GrammarError) -> RequestError:
    message, advice = error.args
    return RequestError(message, advice=advice)


def _require_uncalibrated(transform: Transform, encodings: Sequence[Encoding]) -> None:
    """Raise RequestError for the first that needs samples."""
    calibrated = [transform.name] if transform.is_calibrated else []
    calibrated += [each.name for each in encodings if each.needs_samples]
    if calibrated:
        raise RequestError(
            f"{calibrated[0]} is calibrated with samples, and there are none",
            advice="give about 100 samples of what the model will see: calibrate in Python, "
            "--calibrate data.npz on the command line",
        )
