"""From every kind of source to outputs in the real runtime, compared with the original's."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

import sizewise
from sizewise.runtimes import RUNTIMES, preferred
from sizewise.runtimes.node.install import tensorflow_js_version
from sizewise.storage import sha256_of
from support.made import Made, fused_cnn, normal, recurrent, subclassed, twins
from support.sources import (
    small_cnn,
    write_frozen_graph,
    write_tagged,
    write_tfjs_graph,
    write_tfjs_layers,
    write_tflite,
)
from support.web import serving

TARGETS = ("tfjs", "tflite")


@dataclass(frozen=True)
class Case:
    """What to convert and with which options, and what the original makes of ``inputs``."""

    source: object
    inputs: dict
    expected: dict
    options: dict = field(default_factory=dict)
    owner: object = None
    """What keeps the variables of a function alive."""


def of(made, source=None, **options):
    return Case(made.thing if source is None else source, made.inputs, made.expected, options)


def cnn(keras):
    """A small network, samples for it, and what it makes of them."""
    model = small_cnn(keras)
    image = normal(5, 8, 8, 2)
    return Made(model, {"image": image}, {"scores": np.asarray(model(image, training=False))})


def _keras():
    import keras

    return keras


def _tf_keras():
    import tf_keras

    return tf_keras


def saved_model(folder):
    import tensorflow as tf

    made = twins()
    tf.saved_model.save(made.thing, str(folder / "saved"), signatures=made.thing.__call__)
    return of(made, folder / "saved")


def saved_model_of_tensorflow_1(folder):
    x = normal(3, 2)
    tags = {"tags": ["serve", "gpu"]}
    return Case(write_tagged(folder / "saved"), {"x": x}, {"y": 4 * x}, tags)


def loaded_saved_model(folder):
    import tensorflow as tf

    case = saved_model(folder)
    return of(Made(tf.saved_model.load(str(case.source)), case.inputs, case.expected))


def saved_as(ending, library):
    def build(folder):
        made = cnn(library())
        path = folder / f"net{ending}"
        made.thing.save(path)
        return of(made, path)

    return build


def keras_in_memory(library):
    return lambda folder: of(cnn(library()))


def keras_functional(library):
    return lambda folder: of(recurrent(library(), "GRU", batch=4))


def keras_subclassed(library):
    def build(folder):
        model = subclassed(library())
        x = normal(4, 2)
        expected = {name: np.asarray(value) for name, value in model(x).items()}
        return Case(model, {"x": x}, expected, {"input_signature": [_spec((None, 2), "x")]})

    return build


def _spec(shape, name):
    import tensorflow as tf

    return tf.TensorSpec(shape, tf.float32, name)


def module(folder):
    return of(twins())


def function(folder):
    import tensorflow as tf

    kernel = tf.Variable(normal(3, 2))
    x = normal(4, 3)
    call = tf.function(lambda x: {"y": tf.nn.relu(x @ kernel)})
    expected = {"y": np.maximum(x @ kernel.numpy(), 0)}
    options = {"input_signature": [_spec((None, 3), "x")]}
    return Case(call, {"x": x}, expected, options, owner=kernel)


def concrete_function(folder):
    made = twins(batch=4)
    call = made.thing.__call__.get_concrete_function()
    return Case(call, made.inputs, made.expected, owner=made.thing)


def frozen_graph(folder):
    import tensorflow as tf

    path = write_frozen_graph(folder / "frozen.pb")
    image = normal(3, 4, 4, 1)
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        graph_def = tf.compat.v1.GraphDef.FromString(path.read_bytes())
        tf.import_graph_def(graph_def, name="")
        expected = {"Softmax": session.run("Softmax:0", {"image:0": image})}
    return Case(path, {"image": image}, expected, {"outputs": ["Softmax"]})


def tfjs_graph_model(folder):
    import tensorflow as tf

    made = fused_cnn()
    tf.saved_model.save(made.thing, str(folder / "saved"), signatures=made.thing.__call__)
    return of(made, write_tfjs_graph(folder / "web", folder / "saved"))


def tfjs_layers_model(folder):
    made = cnn(_tf_keras())
    return of(made, write_tfjs_layers(folder / "web", made.thing))


CODE = """\
import tensorflow as tf


def make():
    return tf.function(lambda x: {"y": 3 * x}, input_signature=[tf.TensorSpec((None, 2))])
"""


def code(folder):
    (folder / "code_of_a_source.py").write_text(CODE)
    x = normal(3, 2)
    return Case("code_of_a_source:make", {"x": x}, {"y": 3 * x})


def download(folder):
    case = saved_model(folder / "packed")
    archive = Path(shutil.make_archive(str(folder / "net"), "zip", folder / "packed"))
    with serving() as site:
        url = site.url(archive.name, archive.read_bytes())
        source = f"{url}#sha256={sha256_of(archive)}"
        from sizewise.config.argument import source_argument
        from sizewise.models import list_signatures

        assert list_signatures(source_argument(source)) == ("serving_default",)
    return Case(source, case.inputs, case.expected)


KINDS = {
    "SavedModel of TensorFlow 2": saved_model,
    "SavedModel of TensorFlow 1, by its tags": saved_model_of_tensorflow_1,
    "SavedModel, loaded": loaded_saved_model,
    ".keras of Keras 3": saved_as(".keras", _keras),
    ".keras of Keras 2": saved_as(".keras", _tf_keras),
    ".h5 of Keras 3": saved_as(".h5", _keras),
    ".h5 of Keras 2": saved_as(".h5", _tf_keras),
    "Sequential of Keras 3, in memory": keras_in_memory(_keras),
    "Sequential of Keras 2, in memory": keras_in_memory(_tf_keras),
    "functional model of Keras 3, in memory": keras_functional(_keras),
    "functional model of Keras 2, in memory": keras_functional(_tf_keras),
    "subclassed model of Keras 3, in memory": keras_subclassed(_keras),
    "subclassed model of Keras 2, in memory": keras_subclassed(_tf_keras),
    "tf.Module": module,
    "tf.function with an input_signature": function,
    "ConcreteFunction": concrete_function,
    "frozen .pb with output names": frozen_graph,
    "TF.js graph model": tfjs_graph_model,
    "TF.js layers model": tfjs_layers_model,
    "package.module:function": code,
    "URL with a sha256 (an archive)": download,
}
"""Every kind of source that is converted, by its name in the docs."""

KEPT = ".tflite"
"""The kind that is run as it is."""


@pytest.fixture(scope="module")
def runtimes():
    made = {name: RUNTIMES[name]() for name in ("node-wasm", "node-cpu", "litert")}
    yield made
    for runtime in made.values():
        runtime.close()


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_artifact_computes_is_what_the_source_does(kind, tmp_path, runtimes, monkeypatch):
    monkeypatch.chdir(tmp_path)
    case = KINDS[kind](tmp_path)
    for target in TARGETS:
        artifact = sizewise.convert(case.source, tmp_path / target, target=target, **case.options)
        assert [file.path for file in artifact.files] == _files(tmp_path / target)
        assert artifact.source
        # A file in a temporary folder of the conversion would not do.
        runtime = runtimes[preferred(artifact.target)[0]]
        outputs = _in_order(runtime.call(artifact, case.inputs), case)
        for name, wanted in case.expected.items():
            np.testing.assert_allclose(outputs[name], wanted, atol=1e-4, rtol=1e-4)


def _files(folder):
    """The files in a folder, the entry file first."""
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))
    return sorted(names, key=lambda name: name not in ("model.json", "model.tflite"))


def _in_order(outputs, case):
    """A format may have a name of its own for the one output of a model."""
    if outputs.keys() != case.expected.keys() and len(outputs) == len(case.expected) == 1:
        return dict(zip(case.expected, outputs.values(), strict=True))
    return outputs


SUITE = """\
suite: kept
models: {net: {source: net.tflite, data: samples.npz, metric: mae}}
encodings: {tflite: [float32, int8], tfjs: [uint8]}
"""


def test_a_tflite_file_is_judged_as_it_is(tmp_path):
    made = saved_model(tmp_path)
    file = write_tflite(tmp_path / "net.tflite", made.source)
    (tmp_path / "suite.yaml").write_text(SUITE)
    first = min(made.expected)
    np.savez(tmp_path / "samples.npz", **made.inputs, y=made.expected[first])
    run = sizewise.run(tmp_path / "suite.yaml", output=tmp_path / "runs")
    (row,) = run.records
    assert (row.job_id, row.status, row.reason) == ("net/as_is@tflite", "ok", None)
    assert row.size_raw_bytes == file.stat().st_size
    assert row.max_abs_error < 1e-5
    assert row.open_seconds > 0
    assert row.freeze_seconds is row.encode_seconds is row.conversion_seconds is None
    kept = run.path / row.artifact_path / "model.tflite"
    assert kept.read_bytes() == file.read_bytes()


def test_signatures_go_into_folders_of_their_own(tmp_path):
    from support.sources import write_two_signatures

    saved = write_two_signatures(tmp_path / "saved")
    made = sizewise.convert_signatures(saved, tmp_path / "web", encodings=["float16", "uint8"])
    assert [(one.signature.name, one.encoding) for one in made] == [
        (signature, encoding)
        for signature in ("fixed", "main", "total")
        for encoding in ("float16", "uint8")
    ]
    for one in made:
        assert one.folder == tmp_path / "web" / one.signature.name / one.encoding
        assert one.entry.is_file()
    assert len({one.sha256 for one in made}) == len(made)


def test_the_docs_name_every_kind_and_the_versions_it_was_tried_with(root):
    text = (root / "docs" / "sources.md").read_text()
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \| (?:right|–) \| right \|$", text, re.MULTILINE)
    assert {row.strip() for row in rows} == {*KINDS, KEPT}
    versions = {
        name: importlib.metadata.version(package)
        for name, package in {
            "TensorFlow": "tensorflow",
            "Keras": "keras",
            "tf-keras": "tf-keras",
            "LiteRT": "ai-edge-litert",
        }.items()
    }
    for name, version in (versions | {"TensorFlow.js": tensorflow_js_version()}).items():
        assert f"{name} {version}" in text
