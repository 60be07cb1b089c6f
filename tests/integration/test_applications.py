"""Networks of ``keras.applications``, with random weights and with those that Keras downloads."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from tests.support.web import serving

from sizewise.domain import Location, Source, SourceKind
from sizewise.errors import SourceError
from sizewise.models import OPENERS, open_source
from sizewise.models.applications import RANDOM_NOTE

KERAS = {2: "tf_keras", 3: "keras"}
SMALL = (32, 32, 3)
TRAINED = (128, 128, 3)
"""The smallest images for which MobileNet comes trained."""
FILE = "mobilenet_1_0_128_tf.h5"


def mobilenet(keras=2, weights="random", shape=SMALL, name="MobileNet"):
    at = Location("suite.yaml", 4)
    return Source(SourceKind.APPLICATION, name, at, weights=weights, input_shape=shape, keras=keras)


@pytest.fixture
def site(monkeypatch, tmp_path):
    """Where Keras 2 downloads from, into a home of the test's."""
    from tf_keras.src.applications import mobilenet as module

    (tmp_path / ".keras").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    with serving() as site:
        monkeypatch.setattr(module, "BASE_WEIGHT_PATH", f"{site.address}/")
        yield site


@pytest.mark.parametrize("keras", KERAS)
def test_random_weights_matter_and_are_always_the_same(keras):
    first, second = open_source(mobilenet(keras)), open_source(mobilenet(keras))
    assert type(first.owner).__module__.startswith(f"{KERAS[keras]}.")
    assert first.notes == (RANDOM_NOTE,)
    assert first.signature == second.signature, "whatever else was built in the process"
    described = OPENERS[SourceKind.APPLICATION].describe(mobilenet(keras), None)
    assert [(each.name, each.shape) for each in described.inputs] == [
        (each.name, each.shape) for each in first.signature.inputs
    ]
    assert described.outputs[0].shape == (None, 1000)
    images = np.random.default_rng(0).uniform(0, 1, (4, *SMALL)).astype(np.float32)
    one, two = (np.asarray(model.owner(images, training=False)) for model in (first, second))
    assert one == pytest.approx(two)
    assert one.std(axis=0).max() > 0.05 * one.max()
    norms = [layer for layer in first.owner.layers if type(layer).__name__ == "BatchNormalization"]
    assert norms
    assert all(layer.momentum > 0.9 for layer in norms), "as training wants it"


def test_trained_weights_are_downloaded_once_by_keras(site, tmp_path):
    import tf_keras

    made = tf_keras.applications.MobileNet(weights=None, input_shape=TRAINED)
    made.save_weights(tmp_path / FILE)
    site.files[FILE] = (tmp_path / FILE).read_bytes()
    source = mobilenet(weights="imagenet", shape=TRAINED)
    model = open_source(source)
    assert model.notes == ()
    for ours, theirs in zip(model.owner.get_weights(), made.get_weights(), strict=True):
        assert np.array_equal(ours, theirs)
    assert open_source(source).signature == model.signature
    assert site.asked == [FILE]


def test_a_download_that_fails_says_so_and_leaves_nothing(site, tmp_path):
    with pytest.raises(SourceError, match=r"MobileNet cannot be had \(URL.*404") as caught:
        open_source(mobilenet(weights="imagenet", shape=TRAINED))
    assert caught.value.where == "suite.yaml:4"
    assert "choose random weights" in caught.value.advice
    assert list((tmp_path / ".keras" / "models").iterdir()) == []


def test_half_a_file_says_what_to_remove(site):
    site.files[FILE] = bytes(1000)
    site.cut.add(FILE)
    with pytest.raises(SourceError, match="the ImageNet weights of MobileNet cannot be read") as it:
        open_source(mobilenet(weights="imagenet", shape=TRAINED))
    assert it.value.advice.startswith("remove its file from Keras's cache, ~/.keras/models")


@pytest.mark.parametrize("keras", KERAS)
def test_without_a_network_there_are_no_trained_weights(keras, monkeypatch):
    module = importlib.import_module(f"{KERAS[keras]}.src.applications.mobilenet_v2")
    monkeypatch.setattr(module, "BASE_WEIGHT_PATH", "http://127.0.0.1:1/none/")
    source = mobilenet(keras, "imagenet", (96, 96, 3), "MobileNetV2")
    with pytest.raises(SourceError, match=r"the ImageNet weights .* Connection refused"):
        open_source(source)


def test_networks_and_shapes_that_keras_refuses():
    with pytest.raises(SourceError, match=r"tf_keras 2.* have no 'MobilNet'; did you mean 'Mobile"):
        open_source(mobilenet(name="MobilNet"))
    with pytest.raises(SourceError, match=r"MobileNet cannot be built \(Input size must be at"):
        open_source(mobilenet(shape=(9, 9, 3)))
    with pytest.raises(SourceError, match="has no signature 'other'"):
        open_source(mobilenet(), signature="other")
