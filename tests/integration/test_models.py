"""Every kind of source, opened, checked and run, from files on disk."""

from __future__ import annotations

import importlib
import shutil
from pathlib import Path

import numpy as np
import pytest
from tests.support.sources import (
    DATA_LINE,
    SOURCE_LINE,
    keras_file,
    saved_model,
    small_cnn,
    spec_of,
    two_headed,
    write_tf1,
    write_two_signatures,
)

from sizewise.config import load_suite
from sizewise.domain import Samples, SourceKind
from sizewise.errors import DataError, SetupError, SourceError
from sizewise.models import OPENERS, check_model, load_data, open_model, reference

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
FORMATS = [("tf_keras", "keras"), ("tf_keras", "h5"), ("keras", "keras"), ("keras", "h5")]


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """SavedModels of both TensorFlows, equal in their signature ``main``."""
    root = tmp_path_factory.mktemp("saved")
    return {"tf2": write_two_signatures(root / "tf2"), "tf1": write_tf1(root / "tf1")}


@pytest.fixture(scope="module")
def cnn_files(tmp_path_factory):
    """A small convolution network in each format, with the outputs that it had when saved."""
    root = tmp_path_factory.mktemp("keras")
    images = np.random.default_rng(0).normal(size=(7, 8, 8, 2)).astype(np.float32)
    files = {}
    for library, ending in FORMATS:
        model = small_cnn(importlib.import_module(library))
        path = root / f"{library}.{ending}"
        model.save(path)
        files[library, ending] = (path, images, np.asarray(model(images, training=False)))
    return files


@pytest.fixture
def damaged(tmp_path):
    """A copy of a file or folder, one file of which is cut down to a share of its length."""

    def cut(original, share, inside=""):
        copy = tmp_path / original.name
        (shutil.copytree if original.is_dir() else shutil.copy)(original, copy)
        victim = copy / inside
        content = victim.read_bytes()
        victim.write_bytes(content[: int(len(content) * share)])
        return copy

    return cut


def refused(spec):
    """The error that a check ends with; it names the line of the source."""
    with pytest.raises(SourceError) as caught:
        check_model(spec)
    assert caught.value.where == SOURCE_LINE
    assert caught.value.advice
    return caught.value


def shapes(specs):
    return [(spec.name, spec.dtype, spec.shape) for spec in specs]


@pytest.mark.parametrize("which", ["tf1", "tf2"])
def test_a_saved_model_is_bound_by_name(folders, which):
    model = open_model(saved_model(folders[which], signature="main"))
    assert shapes(model.signature.inputs) == [
        ("alpha", "float64", (None, 2)),
        ("zeta", "float32", (None, 3)),
    ]
    assert shapes(model.signature.outputs) == [
        ("another", "float64", (None, 2)),
        ("out", "float32", (None, 2)),
    ]
    assert model.tensorflow_version.startswith("2.")
    by_tensor = {tensor.name: tensor.dtype.name for tensor in model.function.inputs}
    assert all(by_tensor[spec.tensor] == spec.dtype for spec in model.signature.inputs)
    by_tensor = {tensor.name: tensor.dtype.name for tensor in model.function.outputs}
    assert all(by_tensor[spec.tensor] == spec.dtype for spec in model.signature.outputs)

    zeta, alpha = np.ones((7, 3), np.float32), np.full((7, 2), 0.5)
    outputs = reference(model, Samples({"zeta": zeta, "alpha": alpha}), batch_size=3)
    assert outputs["out"].tolist() == [[3, 3] if which == "tf1" else [6, 9]] * 7
    assert outputs["another"].tolist() == [[1, 1]] * 7


def test_the_function_is_the_loaded_signature_itself(folders):
    model = open_model(saved_model(folders["tf2"], signature="main"))
    assert model.function is model.owner.signatures["main"]


@pytest.mark.parametrize("which", ["tf1", "tf2"])
def test_the_protobuf_describes_what_will_be_opened(folders, which):
    spec = saved_model(folders[which], signature="main")
    described = OPENERS[SourceKind.SAVED_MODEL].describe(spec.source, "main")
    opened = open_model(spec).signature
    assert described.name == opened.name
    assert shapes(described.inputs) == shapes(opened.inputs)
    assert shapes(described.outputs) == shapes(opened.outputs)


def test_signatures_that_are_not_there(folders):
    error = refused(saved_model(folders["tf2"], signature="mian"))
    assert error.message == "the SavedModel has no signature 'mian'; it has fixed, main, total"
    assert error.advice == "did you mean 'main'?"
    error = refused(saved_model(folders["tf2"]))
    assert error.advice == "name one with signature: fixed or main or total"
    assert open_model(saved_model(folders["tf1"])).signature.name == "main"


@pytest.mark.parametrize(
    ("inside", "share", "message"),
    [
        ("saved_model.pb", 0.5, "the protobuf of {} cannot be read"),
        ("saved_model.pb", 0, "{} holds no graph"),
        ("variables/variables.index", 0.5, "the variables of {} cannot be read"),
        ("variables/variables.data-00000-of-00001", 0.01, "the variables of {} are cut short"),
    ],
)
def test_a_saved_model_that_was_not_copied_whole(folders, damaged, inside, share, message):
    copy = damaged(folders["tf2"], share, inside)
    error = refused(saved_model(copy, signature="main"))
    assert error.message.startswith(message.format(copy))


def test_a_saved_model_without_its_variables(folders, tmp_path):
    copy = shutil.copytree(folders["tf2"], tmp_path / "copy")
    shutil.rmtree(copy / "variables")
    assert (
        "has no variables/variables.index" in refused(saved_model(copy, signature="main")).message
    )
    assert "is no SavedModel" in refused(saved_model(tmp_path)).message


def test_what_tensorflow_refuses_is_a_source_error(folders, damaged):
    copy = damaged(folders["tf2"], 0.01, "variables/variables.data-00000-of-00001")
    with pytest.raises(SourceError, match="cannot be opened") as caught:
        open_model(saved_model(copy, signature="main"))
    assert caught.value.where == SOURCE_LINE


def test_a_fixed_batch_is_filled_up_and_cut_off_again(folders):
    model = open_model(saved_model(folders["tf2"], signature="fixed"))
    samples = np.arange(18, dtype=np.float32).reshape(6, 3)
    outputs = reference(model, Samples({"x": samples}))
    weights = np.arange(6, dtype=np.float32).reshape(3, 2)
    np.testing.assert_array_equal(outputs["output_0"], samples @ weights)


def test_an_output_without_samples_is_refused(folders):
    model = open_model(saved_model(folders["tf2"], signature="total"))
    with pytest.raises(SourceError, match=r"output output_0 is \(\) for 2 samples"):
        reference(model, Samples({"x": np.ones((2, 3), np.float32)}))


@pytest.mark.parametrize(("library", "ending"), FORMATS)
def test_a_keras_file_is_opened_by_the_keras_that_wrote_it(cnn_files, library, ending):
    path, images, expected = cnn_files[library, ending]
    model = open_model(keras_file(path))
    assert type(model.owner).__module__.partition(".")[0] == library
    assert model.signature.name == "serving_default"
    assert shapes(model.signature.inputs) == [("image", "float32", (None, 8, 8, 2))]
    assert model.signature.inputs[0].tensor == "image:0"
    assert shapes(model.signature.outputs) == [("scores", "float32", (None, 5))]
    # A dropout that was still active would not go unnoticed.
    outputs = reference(model, Samples({"image": images}))
    np.testing.assert_allclose(outputs["scores"], expected, atol=1e-5)


@pytest.mark.parametrize(("library", "ending"), FORMATS)
@pytest.mark.parametrize("named", [True, False])
def test_keras_inputs_and_outputs_are_bound_by_name(tmp_path, library, ending, named):
    original = two_headed(importlib.import_module(library), named=named)
    path = tmp_path / f"model.{ending}"
    original.save(path)
    zeta = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    alpha = np.random.default_rng(1).normal(size=(4, 2)).astype(np.float32)

    model = open_model(keras_file(path))
    outputs = reference(model, Samples({"zeta": zeta, "alpha": alpha}))

    if named:
        expected = original({"zeta": zeta, "alpha": alpha})
    else:
        expected = dict(zip(("second", "first"), original([zeta, alpha]), strict=True))
    assert set(outputs) == set(expected)
    for name, values in expected.items():
        np.testing.assert_allclose(outputs[name], np.asarray(values), atol=1e-6)


@pytest.mark.parametrize("library", ["tf_keras", "keras"])
def test_a_layer_used_twice_names_two_outputs(tmp_path, library):
    keras = importlib.import_module(library)
    inputs = [keras.layers.Input((3,), name=name) for name in ("a", "b")]
    shared = keras.layers.Dense(2, name="shared")
    keras.Model(inputs, [shared(one) for one in inputs]).save(tmp_path / "model.keras")
    model = open_model(keras_file(tmp_path / "model.keras"))
    assert [spec.name for spec in model.signature.outputs] == ["shared", "shared_1"]


@pytest.mark.parametrize(("library", "ending"), FORMATS)
def test_a_keras_file_with_code_in_it_is_not_opened(tmp_path, library, ending):
    keras = importlib.import_module(library)
    twice = keras.layers.Lambda(lambda x: x * 2, name="twice")
    keras.Sequential([keras.layers.Input((3,)), twice]).save(tmp_path / f"model.{ending}")
    error = refused(keras_file(tmp_path / f"model.{ending}"))
    assert "has a Lambda layer, 'twice'" in error.message


@pytest.mark.parametrize(("library", "ending"), FORMATS)
@pytest.mark.parametrize("share", [0.001, 0.5, 0.999])
def test_a_truncated_keras_file(cnn_files, damaged, library, ending, share):
    copy = damaged(cnn_files[library, ending][0], share)
    assert refused(keras_file(copy)).message.startswith(str(copy))


@pytest.mark.parametrize("library", ["tf_keras", "keras"])
def test_a_keras_file_with_a_layer_of_its_own(tmp_path, library):
    keras = importlib.import_module(library)

    class Twice(keras.layers.Layer):
        def call(self, inputs):
            return inputs * 2

    keras.Sequential([keras.layers.Input((3,)), Twice()]).save(tmp_path / "model.keras")
    error = refused(keras_file(tmp_path / "model.keras"))
    # Keras itself would import the module to look for the layer.
    assert f"names 'Twice' of the module {__name__!r}" in error.message
    assert error.advice == "replace it by a built-in layer, or export the model as a SavedModel"


def test_a_keras_model_has_one_signature(cnn_files):
    error = refused(keras_file(cnn_files["keras", "keras"][0], signature="main"))
    assert error.message == "a Keras model has no signature 'main'"


def test_a_keras_3_on_another_backend(cnn_files, monkeypatch):
    monkeypatch.setattr("keras.backend.backend", lambda: "jax")
    with pytest.raises(SetupError, match="KERAS_BACKEND"):
        open_model(keras_file(cnn_files["keras", "keras"][0]))


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({}, "samples.npz has no array 'x'"),
        ({"x": np.ones((9, 8, 8, 2)), "y": np.ones((9, 5))}, None),
        (
            {"x": np.ones((9, 8, 8)), "y": np.ones((9, 5))},
            "x is [9, 8, 8], the model's input image takes [None, 8, 8, 2]",
        ),
        (
            {"x": np.ones((9, 8, 8, 2)), "y": np.ones(9)},
            "y is [9], the model's output scores is [None, 5]",
        ),
    ],
)
def test_data_is_checked_against_the_model(cnn_files, tmp_path, arrays, message):
    np.savez(tmp_path / "samples.npz", **arrays)
    spec = keras_file(cnn_files["tf_keras", "h5"][0], data=tmp_path / "samples.npz")
    if message is None:
        check_model(spec)
        return
    with pytest.raises(DataError) as caught:
        check_model(spec)
    assert (caught.value.where, caught.value.message) == (DATA_LINE, message)


@pytest.mark.parametrize(
    ("fixture", "message"),
    [
        ("data-no-x", "samples.npz has no array 'x'; known: X, y"),
        (
            "data-no-labels",
            (
                "samples.npz has no array 'y', which accuracy needs; "
                "store the labels as y; it holds x, labels"
            ),
        ),
        ("data-objects", "is an array of objects, which could run code when it is read"),
        (
            "data-wrong-shape",
            (
                "x is [3, 64], the model's input image takes [None, 8, 8, 1]; "
                "store x.reshape([-1, 8, 8, 1])"
            ),
        ),
        ("data-other-length", "y has 2 labels for 3 samples"),
        ("data-nan", "x holds NaN or infinity, first in sample 1"),
        ("data-text-labels", "y is <U4, accuracy takes class numbers"),
        (
            "data-label-out-of-range",
            "y runs from 9 to 11, the model's output digit has 10 classes",
        ),
    ],
)
def test_mistakes_in_data_name_the_line_of_the_suite(fixture, message):
    suite = FIXTURES / fixture / "suite.yaml"
    (spec,) = load_suite(suite).models
    with pytest.raises(DataError) as caught:
        check_model(spec)
    assert caught.value.where == f"{suite}:5"
    assert message in str(caught.value)


def test_a_damaged_cache_says_what_to_remove(monkeypatch, tmp_path):
    from sizewise.models.zoo import ZOO
    from sizewise.models.zoo.training import fingerprint

    monkeypatch.setenv("SIZEWISE_CACHE", str(tmp_path))
    folder = tmp_path / "zoo" / f"digits-cnn-{fingerprint(ZOO['digits-cnn'])}"
    folder.mkdir(parents=True)
    (folder / "model.keras").write_bytes(b"PK and no more")
    error = refused(spec_of(SourceKind.ZOO, "digits-cnn", data="zoo:digits-cnn"))
    assert error.advice == f"remove {folder}: it will be trained anew"


def test_unknown_zoo_model():
    assert refused(spec_of(SourceKind.ZOO, "digit-cnn")).advice == "did you mean 'digits-cnn'?"


def test_keyword_spotting_is_as_good_as_published(kws):
    spec = saved_model(kws / "saved_model", data=kws / "kws01.npz", metric="accuracy")
    check_model(spec)
    model = open_model(spec)
    assert [spec.tensor for spec in model.signature.inputs] == ["input_1:0"]
    data = load_data(spec, model.signature)
    assert len(data.judge) == 1000
    outputs = reference(model, data.judge)
    assert (outputs["dense"].argmax(axis=1) == data.judge.labels).mean() == 0.913
