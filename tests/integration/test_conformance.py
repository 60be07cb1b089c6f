"""Whole models: where the upstream converter's command line is right, ours writes the same."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys

import pytest

from sizewise.convert import CONVERTERS, freeze
from sizewise.domain import Data, Encoding, Samples, Source, SourceKind, Target
from sizewise.models import open_source
from support import made, sources, upstream

FLAGS = {
    "float32": [],
    "float16": ["--quantize_float16"],
    "uint16": ["--quantize_uint16"],
    "uint8": ["--quantize_uint8"],
}


def of_keras(build, keras="tf_keras"):
    """A model of layers, exported as its Keras exports it."""
    return lambda folder: build(importlib.import_module(keras)).thing.export(str(folder))


def of_module(build):
    def write(folder):
        import tensorflow as tf

        module = build().thing
        tf.saved_model.save(module, str(folder), signatures=module.__call__)

    return write


MODELS = {
    "MobileNetV2": of_keras(lambda keras: made.application(keras, "MobileNetV2", 96)),
    "MobileNetV2 of Keras 3": of_keras(
        lambda keras: made.application(keras, "MobileNetV2", 96), "keras"
    ),
    "GRU": of_keras(lambda keras: made.recurrent(keras, "GRU")),
    "GRU, fixed batch": of_keras(lambda keras: made.recurrent(keras, "GRU", batch=4)),
    "mixed precision": of_keras(made.mixed_precision),
    "branches": of_module(made.conditional),
    "int64 and float64 constants": of_module(made.wide_constants),
    "fusions": of_module(made.fused_cnn),
    "two signatures": sources.write_two_signatures,
}
"""What the upstream converter gets right, as a SavedModel in a folder."""

SIGNATURES = {"two signatures": ["main", "fixed"]}
"""The signatures to convert, of models that have others than the usual one."""

ENCODINGS = {"MobileNetV2 of Keras 3": ["uint8"]}
"""The encodings of models that differ in their graph alone; those of the others are ``FLAGS``."""

COMMANDS = """
import json, sys
from tensorflowjs.converters import converter
for arguments in json.load(sys.stdin):
    converter.convert(arguments)
"""


def signatures_of(name):
    return SIGNATURES.get(name, ["serving_default"])


def encodings_of(name):
    return ENCODINGS.get(name, FLAGS)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Every model as a SavedModel, in a folder of its own."""
    folder = tmp_path_factory.mktemp("models")
    paths = {name: folder / str(number) for number, name in enumerate(MODELS)}
    for name, path in paths.items():
        MODELS[name](path)
    return paths


@pytest.fixture(scope="module")
def theirs(saved, tmp_path_factory):
    """The artifacts of the upstream converter's command line, which starts but once."""
    folder = tmp_path_factory.mktemp("upstream")
    places = {
        (name, signature, encoding): folder / f"{path.name}-{signature}-{encoding}"
        for name, path in saved.items()
        for signature in signatures_of(name)
        for encoding in encodings_of(name)
    }
    commands = [
        upstream.command(saved[name], place, f"--signature_name={signature}", *FLAGS[encoding])
        for (name, signature, encoding), place in places.items()
    ]
    subprocess.run(
        [sys.executable, "-c", COMMANDS],
        input=json.dumps(commands),
        text=True,
        check=True,
        capture_output=True,
    )
    return places


@pytest.mark.parametrize("name", MODELS)
def test_topology_and_weights_are_those_of_the_command_line(name, saved, theirs, tmp_path):
    converter = CONVERTERS[Target.TFJS]()
    for signature in signatures_of(name):
        source = Source(SourceKind.SAVED_MODEL, str(saved[name]))
        graph = freeze(open_source(source, signature=signature))
        prepared = converter.prepare(graph, Data(Samples({}), Samples({})))
        for encoding in encodings_of(name):
            ours = converter.write(prepared, Encoding(encoding), tmp_path / signature / encoding)
            require_same(ours.folder, theirs[name, signature, encoding])


def require_same(ours, theirs):
    """Equal as JSON, topology node for node, and equal in every byte of every shard."""
    one, other = (model_json(folder) for folder in (ours, theirs))
    nodes = zip(one["modelTopology"]["node"], other["modelTopology"]["node"], strict=True)
    assert [pair for pair in nodes if pair[0] != pair[1]] == []
    assert one == other
    shards = {path.name: path.read_bytes() for path in ours.glob("*.bin")}
    assert shards == {path.name: path.read_bytes() for path in theirs.glob("*.bin")}
    assert shards


def model_json(folder):
    """What a model.json says, without a mark that TensorFlow leaves on a loop's nodes in one run
    and not in the next.
    """
    model = json.loads((folder / "model.json").read_text())
    for node in model["modelTopology"]["node"]:
        node.get("attr", {}).pop("_has_manual_control_dependencies", None)
    return model


def test_every_difference_on_the_page_names_its_test(root):
    page = (root / "docs" / "what-converts.md").read_text()
    named = [line.split("|")[-2] for line in page.splitlines() if "| `test_" in line]
    assert len(named) > 10
    for cell in named:
        file, *names = re.findall(r"[\w.]+", cell)
        text = (root / "tests" / "integration" / file).read_text()
        assert [name for name in names if name not in text] == []


def test_no_row_of_ours_on_the_page_is_wrong_or_dead(root):
    page = (root / "docs" / "what-converts.md").read_text()
    rows = [line.strip("|").split("|") for line in page.splitlines() if line.startswith("|")]
    verdicts = [cell for cells in rows if len(cells) == 7 for cell in cells[4:]]
    assert len(verdicts) > 100
    assert [cell for cell in verdicts if "**" in cell] == []
