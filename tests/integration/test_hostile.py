"""Files made to do harm, and damaged ones: what they do in Keras or TensorFlow does not happen."""

from __future__ import annotations

import contextlib
import json
import random
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from tests.support.made import fused_cnn
from tests.support.sources import (
    small_cnn,
    spec_of,
    stored,
    write_frozen_graph,
    write_tfjs_layers,
    write_tflite,
)

from sizewise.domain import SourceKind
from sizewise.errors import SizewiseError, SourceError
from sizewise.models import open_source
from sizewise.run.messages import Done, Prepare, Refused
from sizewise.run.process import Limits, WorkerLostError, WorkerProcess


@pytest.fixture
def trap(tmp_path, monkeypatch):
    """A module in the working folder, which leaves a trace where it is imported."""
    (tmp_path / "trap.py").write_text(
        "from pathlib import Path\n"
        "Path(__file__).with_name('trace').touch()\n"
        "import tf_keras\n"
        "class Net(tf_keras.layers.Dense): pass\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path / "trace"
    sys.modules.pop("trap", None)


def dense(keras):
    return keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(2, name="net")])


def leave_trace(path):
    """A function of a Lambda layer, which leaves a trace when it is called."""
    return eval(f"lambda x: [x, open({str(path)!r}, 'w').close()][0]")


def edit_archive(path, change):
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(members["config.json"])
    change(config)
    members["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def edit_hdf5(path, change):
    import h5py

    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        change(config)
        file.attrs["model_config"] = json.dumps(config)
    return path


def of_trap(config):
    """The dense layer becomes one of the module in the working folder."""
    config["config"]["layers"][-1].update(
        {"class_name": "Net", "module": "trap", "registered_name": "Net"}
    )


def refused(kind, path, word):
    with pytest.raises(SourceError, match=word) as caught:
        open_source(stored(kind, path))
    assert caught.value.advice


def test_a_module_of_the_working_folder(tmp_path, trap):
    import tf_keras

    path = tmp_path / "model.keras"
    dense(tf_keras).save(path)
    edit_archive(
        path,
        lambda config: config.update(class_name="Net", module="trap", registered_name="Net"),
    )
    refused(SourceKind.KERAS, path, "'Net' of the module 'trap', which would be imported and run")
    assert not trap.exists()
    with contextlib.suppress(TypeError):
        tf_keras.models.load_model(path, compile=False, safe_mode=True)
    assert trap.exists(), "the file would do harm: tf_keras imports the module"


def test_a_module_that_an_hdf5_file_names(tmp_path, trap):
    import tf_keras

    path = tmp_path / "model.h5"
    dense(tf_keras).save(path)
    edit_hdf5(path, of_trap)
    refused(SourceKind.KERAS, path, "'trap', which would be imported and run")
    assert not trap.exists()


def test_a_module_that_a_keras_3_file_names(tmp_path, trap):
    import keras

    path = tmp_path / "model.keras"
    dense(keras).save(path)
    edit_archive(path, of_trap)
    refused(SourceKind.KERAS, path, "'trap', which would be imported and run")
    assert not trap.exists()


def test_a_module_that_a_layers_model_names(tmp_path, trap):
    import tf_keras

    write_tfjs_layers(tmp_path / "web", dense(tf_keras))
    path = tmp_path / "web" / "model.json"
    document = json.loads(path.read_text())
    of_trap(document["modelTopology"]["model_config"])
    path.write_text(json.dumps(document))
    refused(SourceKind.TFJS, tmp_path / "web", "'trap', which would be imported and run")
    assert not trap.exists()


def test_an_op_that_writes_a_file(tmp_path):
    """tf_keras calls any symbol of TensorFlow that a config names, with the config's arguments."""
    import tf_keras

    layers = tf_keras.layers
    given = layers.Input((3,), name="x")
    model = tf_keras.Model(given, layers.Dense(2)(given * 1.0))
    path, trace = tmp_path / "model.h5", tmp_path / "trace"
    model.save(path)

    def write(config):
        (entry,) = (each for each in config["config"]["layers"] if "OpLambda" in each["class_name"])
        entry["config"]["function"] = "io.gfile.mkdir"
        entry["inbound_nodes"] = [["_CONSTANT_VALUE", -1, str(trace), {}]]

    edit_hdf5(path, write)
    refused(SourceKind.KERAS, path, "calls 'io.gfile.mkdir', which is no op of a network")
    assert not trace.exists()
    with pytest.raises(Exception):  # noqa: B017 - whatever it says, it is too late
        tf_keras.models.load_model(path, compile=False, safe_mode=True)
    assert trace.exists(), "the file would do harm"


@pytest.fixture(params=["keras", "tf_keras"])
def library(request):
    return pytest.importorskip(request.param)


@pytest.mark.parametrize("form", ["keras", "h5", "web"])
def test_the_code_of_lambda_layers_runs_only_where_it_is_allowed(tmp_path, library, form):
    if (library.__name__, form) == ("keras", "web"):
        pytest.skip("layers models of TensorFlow.js are written by tf_keras")
    trace = tmp_path / "trace"
    layers = library.layers
    model = library.Sequential(
        [
            layers.Input((3,)),
            layers.Lambda(leave_trace(trace), output_shape=(3,), name="sly"),
            layers.Dense(2),
        ]
    )
    if form == "web":
        write_tfjs_layers(tmp_path / "web", model)
        kind, path = SourceKind.TFJS, tmp_path / "web"
    else:
        kind, path = SourceKind.KERAS, tmp_path / f"model.{form}"
        model.save(path)
    trace.unlink(missing_ok=True)
    refused(kind, path, r"a Lambda layer, 'sly', whose code .*--unsafe-lambda")
    assert not trace.exists()
    opened = open_source(replace(stored(kind, path), unsafe_lambda=True))
    assert trace.exists(), "it runs when it is allowed"
    assert [spec.shape for spec in opened.signature.outputs] == [(None, 2)]


def test_a_graph_that_writes_a_file(tmp_path):
    import tensorflow as tf

    trace = str(tmp_path / "trace")

    @tf.function(input_signature=[tf.TensorSpec((None, 3), tf.float32, "x")])
    def sly(x):
        tf.io.write_file(trace, "")
        return {"y": x * 2}

    module = tf.Module()
    module.sly = sly
    tf.saved_model.save(module, str(tmp_path / "saved"), signatures=sly)
    refused(SourceKind.SAVED_MODEL, tmp_path / "saved", "does more than compute: WriteFile")
    graph = sly.get_concrete_function().graph.as_graph_def()
    (tmp_path / "model.pb").write_bytes(graph.SerializeToString())
    output = sly.get_concrete_function().outputs[0].name
    with pytest.raises(SourceError, match="does more than compute: WriteFile"):
        open_source(stored(SourceKind.FROZEN_GRAPH, tmp_path / "model.pb", outputs=(output,)))
    assert not (tmp_path / "trace").exists()


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    """A model of each kind that native code reads, whole: its kind, file and details."""
    import tensorflow as tf
    import tf_keras

    root, made = tmp_path_factory.mktemp("originals"), fused_cnn()
    tf.saved_model.save(made.thing, str(root / "saved"), signatures=made.thing.__call__)
    write_tflite(root / "model.tflite", root / "saved")
    write_frozen_graph(root / "model.pb")
    for ending in ("h5", "keras"):
        small_cnn(tf_keras).save(root / f"model.{ending}")
    return {
        SourceKind.SAVED_MODEL: (root / "saved", "saved_model.pb"),
        SourceKind.FROZEN_GRAPH: (root, "model.pb"),
        SourceKind.TFLITE: (root, "model.tflite"),
        "h5": (root, "model.h5"),
        "keras": (root, "model.keras"),
    }


def damaged(content, rng):
    """A few bytes changed, cut out or doubled."""
    edited = bytearray(content)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(edited))
        size = rng.choice([1, 1, 4, 64])
        edited[at : at + size] = rng.choice(
            [b"", rng.randbytes(size), b"\xff" * size, bytes(edited[at : at + size]) * 2]
        )
    return bytes(edited)


MUTANTS = 5
"""Damaged files of each kind."""


def test_damaged_models_never_take_the_parent_with_them(originals, tmp_path):
    """A good result, a named error, or a worker that is lost and replaced."""
    rng, worker, ends = random.Random(6), None, []
    np.savez(tmp_path / "samples.npz", x=np.zeros((2, 3), np.float32))
    try:
        for kind, (folder, name) in originals.items():
            for number in range(MUTANTS):
                place = tmp_path / f"{kind}-{number}"
                if kind is SourceKind.SAVED_MODEL:
                    shutil.copytree(folder, place)
                    location = place
                else:
                    place.mkdir()
                    location = place / name
                (place / name).write_bytes(damaged((folder / name).read_bytes(), rng))
                kinds = kind if isinstance(kind, SourceKind) else SourceKind.KERAS
                spec = spec_of(kinds, location, data="", metric=None)
                if kind is SourceKind.FROZEN_GRAPH:
                    spec = replace(spec, source=replace(spec.source, outputs=("Softmax",)))
                worker = worker or WorkerProcess(tmp_path / "log", limits=Limits(60.0))
                try:
                    *_, last = worker.ask(Prepare((spec,), ()))
                except WorkerLostError as error:
                    worker.close()
                    worker, last = None, error
                ends.append((location.name, last))
    finally:
        if worker is not None:
            worker.close()
    assert len(ends) == MUTANTS * len(originals)
    for name, end in ends:
        assert isinstance(end, Done | Refused | WorkerLostError), (name, end)
        if isinstance(end, Refused):
            assert isinstance(end.error, SizewiseError)


COMMANDS = """
import json, sys, time
from sizewise.cli import main
for command in json.load(sys.stdin):
    sys.argv[1:] = command
    began = time.monotonic()
    try:
        main()
    except SystemExit as end:
        print(f"ended: {end.code} {time.monotonic() - began}", flush=True)
"""


def command_line(*commands):
    """Exit code and seconds of each command, and all that they write to stderr.

    They have one process, so that TensorFlow is imported once.
    """
    done = subprocess.run(
        [sys.executable, "-c", COMMANDS],
        input=json.dumps([[str(word) for word in command] for command in commands]),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    ends = [line.split()[1:] for line in done.stdout.splitlines() if line.startswith("ended: ")]
    return [(int(code), float(seconds)) for code, seconds in ends], done.stderr


def test_damaged_tflite_files_never_end_the_command_line(originals, tmp_path):
    """Most of these would end it by a signal, were they opened by an interpreter."""
    rng, (folder, name) = random.Random(6), originals[SourceKind.TFLITE]
    whole, paths = (folder / name).read_bytes(), []
    contents = [whole, whole[: len(whole) // 2], *(damaged(whole, rng) for _ in range(16))]
    for number, content in enumerate(contents):
        paths.append(tmp_path / f"{number}.tflite")
        paths[-1].write_bytes(content)
    inspect = [("inspect", path) for path in paths]
    convert = [("convert", path, tmp_path / "out") for path in paths]
    ended, err = command_line(*inspect, *convert)
    inspected, converted = ended[: len(paths)], ended[len(paths) :]
    assert "defect" not in err
    assert [code for code, _ in inspected[:2]] == [0, 2]
    assert {code for code, _ in inspected} == {0, 2}
    assert max(seconds for _, seconds in ended[1:]) < 5
    assert [code for code, _ in converted] == [2] * len(paths)


def test_the_command_line_says_how_to_allow_it(tmp_path):
    import tf_keras

    layers, trace = tf_keras.layers, tmp_path / "trace"
    lambdas = [layers.Lambda(leave_trace(trace)), layers.Dense(2)]
    tf_keras.Sequential([layers.Input((3,)), *lambdas]).save(tmp_path / "model.h5")
    trace.unlink()
    convert = ("convert", tmp_path / "model.h5", tmp_path / "web")
    with pytest.raises(SourceError):
        open_source(stored(SourceKind.KERAS, tmp_path / "model.h5"))
    assert not trace.exists()
    ((refusal, _), (allowed, _)), err = command_line(convert, (*convert, "--unsafe-lambda"))
    assert (refusal, allowed) == (2, 0), err
    assert "--unsafe-lambda" in err
    assert (tmp_path / "web" / "model.json").is_file()
