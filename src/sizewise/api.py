"""What Python code calls, as ``sizewise.run`` and ``sizewise.convert``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sizewise.analysis import RunSummary, summarise
from sizewise.config import load_suite
from sizewise.conversion import convert_each, convert_one, given
from sizewise.domain import DEFAULT_OPTIONS, Artifact, ConversionOptions
from sizewise.records import Run, layout, load_run
from sizewise.reports.markdown import report
from sizewise.request import Calibration, EncodingName, request
from sizewise.run import Listener, RunOptions, RunOutcome, run_suite
from sizewise.storage import write_file


@dataclass(frozen=True, slots=True)
class Finished:
    """How a run ended, and what it found."""

    outcome: RunOutcome
    summary: RunSummary


def run(
    suite: str | Path,
    *,
    select: str | None = None,
    output: str | Path | None = None,
    define: Mapping[str, str] | None = None,
    unsafe_lambda: bool = False,
) -> Run:
    """Run a suite file and give its records, which are kept on disk with a ``report.md``.

    ``select`` is a glob over job ids, ``output`` the folder below which runs are kept
    (``results/runs``), and ``define`` the values of variables that the suite names.
    ``unsafe_lambda`` lets the code of Lambda layers in Keras models run. A job that fails is a
    row with a status and a reason. Raises a SizewiseError, with nothing written, for a mistake in
    the suite, a model or its data; Ctrl-C stays a KeyboardInterrupt, and
    ``load_run`` gives what was finished.
    """
    finished = run_and_report(
        Path(suite),
        select=select,
        output=None if output is None else Path(output),
        define=define or {},
        unsafe_lambda=unsafe_lambda,
    )
    if finished.outcome.interrupted:
        raise KeyboardInterrupt
    return finished.summary.run


def run_and_report(
    path: Path,
    *,
    select: str | None,
    output: Path | None,
    define: Mapping[str, str],
    brotli_level: int = 5,
    listener: Listener | None = None,
    options: RunOptions | None = None,
    unsafe_lambda: bool = False,
) -> Finished:
    """Run a suite, read its records back, and write ``report.md`` beside them."""
    suite = load_suite(path, define)
    outcome = run_suite(
        suite.allowing_lambda() if unsafe_lambda else suite,
        select=select,
        output=output,
        brotli_level=brotli_level,
        listener=listener,
        options=options,
    )
    summary = summarise(load_run(outcome.folder))
    write_file(outcome.folder / layout.REPORT, report(summary))
    return Finished(outcome, summary)


def convert(
    source: Any,
    out: str | Path,
    *,
    encoding: EncodingName = "float32",
    transform: str = "none",
    target: str = "tfjs",
    signature: str | None = None,
    input_signature: Any = None,
    inputs: Sequence[str] = (),
    outputs: Sequence[str] = (),
    tags: Sequence[str] = (),
    calibrate: Calibration | None = None,
    overwrite: bool = False,
    options: ConversionOptions = DEFAULT_OPTIONS,
    custom_ops: Sequence[str] = (),
    custom_ops_module: str | Path | None = None,
    unsafe_lambda: bool = False,
) -> Artifact:
    """Convert a model into the new folder ``out``, run the artifact, and describe it.

    ``source`` is a ``keras.Model`` of either Keras, a ``tf.Module``, a ``tf.function``, a
    ``ConcreteFunction`` or a loaded SavedModel, which are frozen as they are in this process; or
    what a suite can name: a path, ``zoo:NAME``, ``keras.applications:NAME``,
    ``package.module:function``, ``URL#sha256=DIGEST``. ``signature`` chooses one of several;
    ``input_signature`` gives a ``tf.TensorSpec`` for each argument of a function that does not
    say itself what it takes; ``inputs`` and ``outputs`` name nodes of a frozen ``.pb``, ``tags``
    choose a graph of a SavedModel. ``encoding`` is called as in a suite, ``"uint8-gptq-l64"``, or
    is a map of patterns, ``{"uint8": "*kernel*", "float16": "*"}``.
    ``transform`` changes the weights without training, ``"prune50+cluster16"``. ``calibrate`` are
    samples, which ``int8`` and ``prune50obs`` need; so does ``uint8-gptq`` where the model has no
    batch norms, whose statistics could stand in for them.

    The artifact is believed only after it ran in its real runtime: the float32 one on a few
    inputs, against the source or what the transform made of it, and this one too. Its ``flags``
    say where its own bytes lack what was asked for. An existing ``out`` is an error, unless
    ``overwrite``, which replaces it in one step. With ``options.skip_op_check`` what has ops that
    no runtime here has is written nevertheless; ``custom_ops`` names ops that the JavaScript
    module ``custom_ops_module`` brings. ``unsafe_lambda`` lets the code of Lambda layers in a Keras
    file run.

    Raises a SizewiseError, with nothing written: RequestError, SourceError and DataError for
    mistakes in what is asked for; UnsupportedOpError, ConversionError, WrongArtifactError and
    NonFiniteError where the conversion fails.
    """
    asked = request(
        encodings=[encoding],
        transform=transform,
        target=target,
        calibrate=calibrate,
        overwrite=overwrite,
        options=options,
        custom_ops=custom_ops,
        custom_ops_module=custom_ops_module,
    )
    model = given(
        source,
        input_signature=input_signature,
        inputs=inputs,
        outputs=outputs,
        tags=tags,
        unsafe_lambda=unsafe_lambda,
    )
    return convert_one(model, Path(out), asked, signature).artifact


def convert_signatures(
    source: Any,
    out: str | Path,
    *,
    encodings: Sequence[EncodingName] = ("float32",),
    transform: str = "none",
    target: str = "tfjs",
    tags: Sequence[str] = (),
    calibrate: Calibration | None = None,
    overwrite: bool = False,
    options: ConversionOptions = DEFAULT_OPTIONS,
    custom_ops: Sequence[str] = (),
    custom_ops_module: str | Path | None = None,
    unsafe_lambda: bool = False,
) -> tuple[Artifact, ...]:
    """Convert every signature of a model, each into ``out/SIGNATURE``.

    With several encodings the folders are ``out/SIGNATURE/ENCODING``; a signature is frozen once,
    however many there are. Characters that a folder's name should not have are written as
    ``%2F``. The artifacts come in the order of signatures and encodings. Either all of them are
    written, or nothing. See ``convert`` for the rest.
    """
    asked = request(
        encodings=encodings,
        transform=transform,
        target=target,
        calibrate=calibrate,
        overwrite=overwrite,
        options=options,
        custom_ops=custom_ops,
        custom_ops_module=custom_ops_module,
    )
    made = convert_each(given(source, tags=tags, unsafe_lambda=unsafe_lambda), Path(out), asked)
    return tuple(converted.artifact for converted in made)
