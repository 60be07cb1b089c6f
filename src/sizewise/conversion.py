"""Models to artifacts: what ``sizewise.convert`` and the command line share."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import quote

from sizewise.config.argument import known_word, source_argument
from sizewise.domain import Encoding, OpenModel, Samples, Signature, Source, Target
from sizewise.domain.conversion import Converted
from sizewise.domain.inspection import Inspection
from sizewise.errors import RequestError
from sizewise.request import Request, require_module
from sizewise.run.conversion import Order, require_free, run_orders


@dataclass(frozen=True, slots=True)
class Given:
    """A model that was given, not opened yet.

    ``words`` say what it is; ``signatures`` lists the names of all its signatures (None where
    it has but one, without a name of its own), and ``open`` opens it with one of them.
    """

    words: str
    signatures: Callable[[], Sequence[str | None]]
    open: Callable[[str | None], OpenModel]


def given(
    source: Any,
    *,
    input_signature: Any = None,
    inputs: Sequence[str] = (),
    outputs: Sequence[str] = (),
    tags: Sequence[str] = (),
    unsafe_lambda: bool = False,
) -> Given:
    """A model in memory, or one that is named as in a suite. Nothing is opened yet.

    ``unsafe_lambda`` lets the code of a Keras file's Lambda layers run when it is.
    Raises RequestError and SourceError for a source that does not exist, and for details that
    it does not take.
    """
    if isinstance(source, str | Path):
        if input_signature is not None:
            raise RequestError(
                f"{source} takes no input_signature", advice="it is for functions in memory"
            )
        named = source_argument(str(source), inputs=inputs, outputs=outputs, tags=tags)
        return _named(replace(named, unsafe_lambda=unsafe_lambda))
    if inputs or outputs or tags:
        raise RequestError(
            f"a {type(source).__name__} takes no inputs, outputs or tags",
            advice="they are for files: leave them out",
        )
    return _in_memory(source, input_signature)


def _named(source: Source) -> Given:
    from sizewise.models import list_signatures, open_source

    return Given(
        str(source),
        lambda: list_signatures(source),
        lambda name: open_source(source, signature=name),
    )


def _in_memory(thing: Any, input_signature: Any) -> Given:
    from sizewise.models import open_object

    known = getattr(thing, "signatures", None)
    names = tuple(sorted(known)) if isinstance(known, Mapping) and known else (None,)
    return Given(
        f"{type(thing).__name__} in memory",
        lambda: names,
        lambda name: open_object(thing, signature=name, input_signature=input_signature),
    )


def convert_one(model: Given, out: Path, asked: Request, signature: str | None) -> Converted:
    """Convert one signature to the first encoding that is asked for, into ``out`` itself."""
    (converted,) = _convert(model, out, asked, lambda: [signature], lambda _, __: PurePath())
    return converted


def convert_each(model: Given, out: Path, asked: Request) -> tuple[Converted, ...]:
    """Convert all signatures to all encodings: ``out/SIGNATURE``, or ``out/SIGNATURE/ENCODING``
    where there are several encodings.
    """

    def place(signature: str, encoding: Encoding) -> PurePath:
        folder = PurePath(folder_name(signature))
        return folder / encoding.name if len(asked.encodings) > 1 else folder

    return _convert(model, out, asked, model.signatures, place)


def folder_name(signature: str) -> str:
    """A signature's name as that of a folder, a different one for each signature.

    Characters that folders should not have are percent-encoded, and a dot at the start. Names
    that differ in case alone collide on some file systems; then nothing is written.
    """
    quoted = quote(signature, safe="") or "%"
    return f"%2E{quoted[1:]}" if quoted.startswith(".") else quoted


def _convert(
    model: Given,
    out: Path,
    asked: Request,
    signatures: Callable[[], Sequence[str | None]],
    place: Callable[[str, Encoding], PurePath],
) -> tuple[Converted, ...]:
    from sizewise.run.rooms import RealStages

    require_free(out, overwrite=asked.overwrite)
    # tensorflowjs imports TF-DF, whose welcome message fails off a terminal.
    os.environ.setdefault("TFDF_DISABLE_WELCOME_MESSAGE", "1")

    def orders() -> Iterator[Order]:
        for name in signatures():
            opened = model.open(name)
            if opened.file is not None:
                raise RequestError(
                    f"{model.words} is a .tflite file, which is run as it is and not converted",
                    advice="convert the model that it was made from",
                )
            chosen = opened.signature.name
            yield Order(
                opened,
                [(encoding, place(chosen, encoding)) for encoding in asked.encodings],
                f"{model.words}, signature {chosen}",
                _calibration(asked, opened.signature),
                asked.custom_ops,
                asked.custom_ops_module,
                asked.transform,
            )

    with closing(RealStages(asked.options)) as stages:
        return run_orders(
            orders(),
            out,
            asked.target,
            stages,
            overwrite=asked.overwrite,
            skip_op_check=asked.options.skip_op_check,
        )


def _calibration(asked: Request, signature: Signature) -> Samples | None:
    from sizewise.models.data import calibration_samples

    if asked.calibrate is None:
        return None
    return calibration_samples(asked.calibrate, signature)


def look_into(
    model: Given,
    *,
    targets: Sequence[str],
    signature: str | None,
    custom_ops: Sequence[str],
    custom_ops_module: Path | None,
) -> Inspection:
    """One signature of a model, or all of them, and which of ``targets`` can have it.

    Raises RequestError for an unknown target, and what opening and freezing raise.
    """
    from sizewise.run.inspection import inspect_model
    from sizewise.run.rooms import RealStages

    for target in targets:
        known_word(target, [each.value for each in Target], "target")
    module = require_module(custom_ops_module)
    with closing(RealStages()) as stages:
        facts = tuple(
            inspect_model(
                model.open(name),
                [Target(target) for target in targets],
                stages,
                frozenset(custom_ops),
                module,
            )
            for name in ([signature] if signature is not None else model.signatures())
        )
    return Inspection(model.words, facts)
