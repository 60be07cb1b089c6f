"""``sizewise convert``: one model, one signature or all of them, without a suite."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sizewise.errors import UnsupportedOpError
from sizewise.units import parse_bytes
from sizewise.verbs.console import console
from sizewise.verbs.quiet import quiet_libraries
from sizewise.verbs.suite_file import UnsafeLambdaOption

if TYPE_CHECKING:
    from sizewise.domain import Array
    from sizewise.domain.conversion import Converted, Weighed

SourceArgument = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE",
        help="A SavedModel or TF.js folder, a .keras, .h5 or .pb file, zoo:NAME, "
        "keras.applications:NAME, package.module:function (which runs that code), or "
        "URL#sha256=DIGEST.",
    ),
]
NodesOption = Annotated[
    list[str] | None, typer.Option("--output", metavar="NAME", help="A node that a .pb gives.")
]
InputsOption = Annotated[
    list[str] | None,
    typer.Option("--input", metavar="NAME", help="A node that a .pb takes. \\[default: all]"),
]
TagOption = Annotated[
    list[str] | None, typer.Option("--tag", metavar="TAG", help="A tag of the SavedModel's graph.")
]
CustomOpOption = Annotated[
    list[str] | None, typer.Option("--custom-op", metavar="NAME", help="An op to let pass.")
]
ModuleOption = Annotated[
    Path | None,
    typer.Option("--custom-ops-module", metavar="FILE", help="JavaScript that registers them."),
]


def convert(
    source: SourceArgument,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The folder to write; a new one.")],
    *,
    encoding: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="How weights are stored: uint8, uint8-gptq-l64, int8. \\[default: float32]",
        ),
    ] = None,
    transform: Annotated[
        str,
        typer.Option(metavar="NAME", help="What is done to weights before: prune50+cluster16."),
    ] = "none",
    target: Annotated[
        str, typer.Option(metavar="NAME", help="tfjs, tfjs-layers or tflite.")
    ] = "tfjs",
    signature: Annotated[
        str | None, typer.Option(metavar="NAME", help="Which one. \\[default: serving_default]")
    ] = None,
    all_signatures: Annotated[
        bool, typer.Option("--all-signatures", help="Each into a folder of its own below OUT.")
    ] = False,
    output: NodesOption = None,
    inputs: InputsOption = None,
    tag: TagOption = None,
    calibrate: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="An .npz of samples, x or one array for each input."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace OUT, if it holds artifacts only.")
    ] = False,
    weight_shard_size: Annotated[
        str, typer.Option(metavar="SIZE", help="Largest weight file of TensorFlow.js.")
    ] = "4 MiB",
    skip_op_check: Annotated[
        bool, typer.Option("--skip-op-check", help="Write what no runtime here can run, too.")
    ] = False,
    strip_debug_ops: Annotated[
        bool,
        typer.Option("--strip-debug-ops/--keep-debug-ops", help="Drop Assert, Print and the like."),
    ] = True,
    control_flow_v2: Annotated[
        bool, typer.Option("--control-flow-v2", help="Keep loops and branches as functions.")
    ] = False,
    structured_outputs: Annotated[
        bool, typer.Option("--structured-outputs", help="Name outputs in model.json.")
    ] = False,
    select_tf_ops: Annotated[
        bool, typer.Option("--select-tf-ops", help="Let TFLite use TensorFlow's kernels.")
    ] = False,
    metadata: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="For model.json; a value that is JSON is read so."),
    ] = None,
    custom_op: CustomOpOption = None,
    custom_ops_module: ModuleOption = None,
    unsafe_lambda: UnsafeLambdaOption = False,
) -> None:
    """Convert a model, run the artifact, and show what it weighs.

    Transforms and encodings are called as in a suite, and as `recommend` calls them.

    Exit code 2: a mistake in what is asked for.

    Exit code 3: it cannot be converted, or what came out does not compute what the model does.

    Nothing is written then.
    """
    from sizewise.conversion import convert_each, convert_one, given
    from sizewise.domain import ConversionOptions
    from sizewise.reports.conversion import table
    from sizewise.request import request

    encodings = encoding or ["float32"]
    if signature is not None and all_signatures:
        raise typer.BadParameter("give --signature or --all-signatures", param_hint="--signature")
    if len(encodings) > 1 and not all_signatures:
        raise typer.BadParameter(
            "several encodings go with --all-signatures, into a folder each",
            param_hint="--encoding",
        )
    options = ConversionOptions(
        weight_shard_bytes=_shard_bytes(weight_shard_size),
        metadata=_metadata(metadata or ()),
        structured_outputs=structured_outputs,
        skip_op_check=skip_op_check,
        strip_debug_ops=strip_debug_ops,
        control_flow_v2=control_flow_v2,
        select_tf_ops=select_tf_ops,
    )
    with _listing_ops(), quiet_libraries():
        asked = request(
            encodings=encodings,
            transform=transform,
            target=target,
            calibrate=None if calibrate is None else _arrays(calibrate),
            overwrite=overwrite,
            options=options,
            custom_ops=custom_op or (),
            custom_ops_module=custom_ops_module,
        )
        model = given(
            source,
            inputs=inputs or (),
            outputs=output or (),
            tags=tag or (),
            unsafe_lambda=unsafe_lambda,
        )
        if all_signatures:
            made = convert_each(model, out, asked)
        else:
            made = (convert_one(model, out, asked, signature),)
        weighed = _weighed(made)
    console().print(table(weighed))


def _shard_bytes(written: str) -> int:
    try:
        size = parse_bytes(written)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--weight-shard-size") from error
    if size < 1:
        raise typer.BadParameter("a weight file has bytes", param_hint="--weight-shard-size")
    return size


def _metadata(written: Iterable[str]) -> dict[str, object]:
    metadata: dict[str, object] = {}
    for item in written:
        key, equals, value = item.partition("=")
        if not (key and equals):
            raise typer.BadParameter(f"{item!r} is no KEY=VALUE", param_hint="--metadata")
        try:
            metadata[key] = json.loads(value)
        except ValueError:
            metadata[key] = value
    return metadata


@contextmanager
def _listing_ops() -> Iterator[None]:
    """Where ops are lacking, list them with the nodes that use them, before the error is told."""
    try:
        yield
    except UnsupportedOpError as error:
        from sizewise.reports.inspection import lacking_lines

        for line in lacking_lines(error.ops.items()):
            typer.echo(line, err=True)
        raise


def _weighed(made: Iterable[Converted]) -> list[Weighed]:
    from sizewise.domain.conversion import Weighed
    from sizewise.measure import measure_sizes

    return [
        Weighed(each, sizes.gzip, sizes.brotli, sizes.compression)
        for each in made
        for sizes in [measure_sizes(each.artifact)]
    ]


def _arrays(path: Path) -> Mapping[str, Array]:
    from sizewise.models.arrays import read_npz

    return read_npz(path).arrays
