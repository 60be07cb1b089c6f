"""Transforms that train, on real models: their effect, their metric, and what they refuse."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from sizewise.compress import train
from sizewise.compress.prune import dense_groups, zeros_wanted
from sizewise.compress.training.kernels import kernels
from sizewise.convert import CONVERTERS, freeze
from sizewise.convert.tfjs_layers.rebuild import in_keras2
from sizewise.domain import (
    SPARED_BELOW,
    Cluster,
    Data,
    Encoding,
    Engine,
    Finetune,
    Pattern,
    Prune,
    Qat,
    Samples,
    Scope,
    Source,
    SourceKind,
    Target,
)
from sizewise.errors import ConversionError
from sizewise.measure import read_weights
from sizewise.models import open_object, open_source
from sizewise.models.zoo import ZOO
from sizewise.runtimes import RUNTIMES

THREE = Finetune(3)
ONE = Finetune(1)
POINT = 0.01


@pytest.fixture(scope="module")
def digits():
    """The untouched ``digits-cnn``, and its data."""
    model = open_source(Source(SourceKind.ZOO, "digits-cnn"))
    return model, ZOO["digits-cnn"].data()


@pytest.fixture(scope="module")
def teach(digits):
    """Train a model, ``digits-cnn`` unless another is given, on its training part."""
    opened, data = digits
    samples = Samples({"image": data.train_x}, data.train_y)

    def run(*steps, model=None, rebuild=in_keras2):
        chosen = opened.owner if model is None else model
        return train(steps, chosen, samples, opened.signature, metric="accuracy", rebuild=rebuild)

    return run


@pytest.fixture(scope="module")
def keras3(digits):
    """A model of Keras 3 that knows digits, with a batch norm and a depthwise kernel."""
    import keras

    _, data = digits
    layers = keras.layers
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            layers.Input((8, 8, 1), name="image"),
            layers.Conv2D(16, 3, use_bias=False, name="stem"),
            layers.BatchNormalization(momentum=0.9, name="norm"),
            layers.ReLU(name="relu"),
            layers.DepthwiseConv2D(3, name="depthwise"),
            layers.Flatten(name="flatten"),
            layers.Dense(10, name="digit"),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(5e-3), loss, jit_compile=False)
    model.fit(data.train_x, data.train_y, epochs=8, verbose=0)
    return model


@pytest.fixture(scope="module")
def pruned80(teach):
    return teach(Prune(0.8, finetune=THREE))


@pytest.fixture(scope="module")
def masked80(teach):
    return teach(Prune(0.8, finetune=THREE, engine=Engine.MASK))


@pytest.fixture(scope="module")
def clustered(teach):
    return teach(Prune(0.5, finetune=THREE), Cluster(16, finetune=THREE))


@pytest.fixture(scope="module")
def quantized(teach):
    return teach(Prune(0.5, finetune=THREE), Qat(THREE))


@pytest.fixture(scope="module")
def clustered_and_quantized(teach):
    return teach(Cluster(16, finetune=ONE), Qat(ONE))


def accuracy(model, data):
    return float((np.asarray(model(data.test_x, training=False)).argmax(-1) == data.test_y).mean())


def has_zeros(kernel, sparsity):
    """Whether a kernel is as sparse as it was trained to be; small ones are spared."""
    zeros = int(np.count_nonzero(kernel.read() == 0))
    return kernel.size < SPARED_BELOW or zeros >= zeros_wanted(kernel.size, sparsity)


def kernel_figures(artifact):
    return [tensor for tensor in read_weights(artifact).tensors if tensor.is_kernel]


def written(model, data, target, encoding, folder):
    graph = freeze(open_object(model))
    calibrate = Samples({graph.signature.inputs[0].name: data.calibrate_x})
    converter = CONVERTERS[target]()
    prepared = converter.prepare(graph, Data(calibrate, calibrate))
    return converter.write(prepared, Encoding(encoding), folder / "artifact")


@pytest.mark.parametrize("engine", ["pruned80", "masked80"])
def test_pruning_reaches_its_sparsity_in_every_kernel_and_in_the_artifact(
    engine, request, digits, tmp_path
):
    trained = request.getfixturevalue(engine)
    found = kernels(trained.model)
    assert [kernel.name for kernel in found] == [
        "stem/kernel",
        "depthwise/depthwise_kernel",
        "pointwise/kernel",
        "digit/kernel",
    ]
    assert all(has_zeros(kernel, 0.8) for kernel in found)
    assert all(found[index].read().all() for index in (0, 1)), "144 weights each: spared"
    artifact = written(trained.model, digits[1], Target.TFJS, "uint8", tmp_path)
    large = [each for each in kernel_figures(artifact) if each.elements >= SPARED_BELOW]
    assert len(large) == 2
    for tensor in large:
        assert tensor.zeros >= 0.79 * tensor.elements


def test_four_of_five_weights_cost_a_point_at_most(pruned80, masked80, digits):
    opened, data = digits
    for trained in (pruned80, masked80):
        assert accuracy(trained.model, data) >= accuracy(opened.owner, data) - POINT


def test_the_engines_do_as_well_as_each_other_and_better_than_no_training(
    pruned80, masked80, digits
):
    opened, data = digits
    import tf_keras

    from sizewise.compress import prune_array

    untrained = tf_keras.models.clone_model(opened.owner)
    untrained.set_weights(opened.owner.get_weights())
    for kernel in kernels(untrained):
        kernel.write(prune_array(kernel.read(), 0.8))
    by_tfmot, by_masks = accuracy(pruned80.model, data), accuracy(masked80.model, data)
    assert by_masks >= by_tfmot - POINT
    assert min(by_tfmot, by_masks) >= accuracy(untrained, data) + 0.2


def test_what_was_done_is_said(pruned80, masked80):
    assert [note.partition(": ")[0] for note in pruned80.notes] == ["prune80ft3"] * 3
    text = "\n".join(pruned80.notes)
    assert "tfmot, sparsity from 0.4 to 0.8 by batch 51" in text
    assert "for 3 epochs on 1078 samples" in text
    assert "sparse categorical cross-entropy of probabilities" in text
    assert "left as they are: stem/kernel, depthwise/depthwise_kernel" in text
    assert masked80.notes[0].startswith("prune80ft3mask: masks")


def test_masks_prune_what_tfmot_does_not(digits):
    import tf_keras

    _, data = digits
    layers = tf_keras.layers
    tf_keras.utils.set_random_seed(0)
    model = tf_keras.Sequential(
        [
            layers.Input((8, 8, 1), name="image"),
            layers.Conv2D(32, 3, name="stem"),
            layers.DepthwiseConv2D(3, name="depthwise"),
            layers.Flatten(name="flatten"),
            layers.Dense(10, name="digit"),
        ]
    )
    samples = Samples({"image": data.train_x[:200]}, data.train_y[:200])
    signature = open_object(model).signature
    step = Prune(0.8, finetune=THREE)
    trained = train([step], model, samples, signature, rebuild=in_keras2)
    assert "tfmot does not prune depthwise/depthwise_kernel: pruned by masks" in str(trained.notes)
    for kernel in kernels(trained.model):
        assert np.count_nonzero(kernel.read() == 0) >= zeros_wanted(kernel.size, 0.8)


def test_the_source_stays_as_it_was_and_names_are_kept(pruned80, clustered, quantized, digits):
    opened, data = digits
    assert accuracy(opened.owner, data) > 0.98
    assert all(np.count_nonzero(kernel.read() == 0) == 0 for kernel in kernels(opened.owner))
    for trained in (pruned80, clustered, quantized):
        signature = open_object(trained.model).signature
        assert [spec.name for spec in signature.inputs] == ["image"]
        assert [spec.name for spec in signature.outputs] == ["digit"]


def test_the_same_seed_gives_the_same_model(teach):
    step = Prune(0.5, finetune=ONE, engine=Engine.MASK)
    other = replace(step, finetune=replace(ONE, seed=1))
    first, second, third = (teach(each).model.get_weights() for each in (step, step, other))
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(first, third, strict=True))


def test_global_pruning_has_one_threshold_for_all_kernels(teach, digits):
    trained = teach(Prune(0.8, scope=Scope.GLOBAL, finetune=THREE))
    shares = [float((kernel.read() == 0).mean()) for kernel in kernels(trained.model)]
    sizes = [kernel.read().size for kernel in kernels(trained.model)]
    assert np.average(shares, weights=sizes) == pytest.approx(0.8, abs=1e-3)
    assert max(shares) - min(shares) > 0.1
    assert accuracy(trained.model, digits[1]) >= accuracy(digits[0].owner, digits[1]) - 2 * POINT


def test_a_pattern_holds_in_every_whole_group(teach, digits):
    trained = teach(Prune(pattern=Pattern(2, 4), finetune=THREE))
    by_name = {kernel.name: kernel for kernel in kernels(trained.model)}
    for name in ("pointwise/kernel", "digit/kernel"):
        assert (by_name[name].read() == 0).mean() == 0.5
        assert dense_groups(by_name[name].read(), Pattern(2, 4), -2) == 0
    assert (by_name["stem/kernel"].read() == 0).mean() == 0
    assert "left as they are: depthwise/depthwise_kernel" in trained.notes[-1]
    assert accuracy(trained.model, digits[1]) >= accuracy(digits[0].owner, digits[1]) - POINT


def test_clusters_and_zeros_survive_to_the_artifact(clustered, digits, tmp_path):
    for kernel in kernels(clustered.model):
        assert np.unique(kernel.read()).size <= 16
        assert has_zeros(kernel, 0.5)
    artifact = written(clustered.model, digits[1], Target.TFJS, "float32", tmp_path)
    figures = kernel_figures(artifact)
    assert len(figures) == 4
    for tensor in figures:
        assert tensor.distinct <= 16
        assert tensor.zeros >= 0.49 * tensor.elements or tensor.elements < SPARED_BELOW
    assert accuracy(clustered.model, digits[1]) >= accuracy(digits[0].owner, digits[1]) - POINT


@pytest.mark.parametrize("transform", ["quantized", "clustered_and_quantized"])
def test_trained_ranges_reach_the_int8_file(transform, request, digits, tmp_path):
    trained = request.getfixturevalue(transform)
    _, data = digits
    artifact = written(trained.model, data, Target.TFLITE, "int8", tmp_path)
    figures = kernel_figures(artifact)
    assert {tensor.dtype for tensor in figures} == {"int8"}
    execution = RUNTIMES["litert"]().execute(artifact, {"image": data.test_x})
    (outputs,) = execution.outputs.values()
    # What was trained is what the file computes: one step of an 8-bit output is 1/256.
    expected = np.asarray(trained.model(data.test_x, training=False))
    assert np.abs(outputs - expected).max() < 0.1
    assert (outputs.argmax(-1) == expected.argmax(-1)).mean() > 0.99
    assert (outputs.argmax(-1) == data.test_y).mean() >= accuracy(digits[0].owner, data) - POINT
    if transform == "quantized":
        large = [tensor for tensor in figures if tensor.elements >= SPARED_BELOW]
        assert large
        assert all(tensor.zeros >= 0.49 * tensor.elements for tensor in large)
    else:
        assert all((tensor.distinct_per_channel or tensor.distinct) <= 16 for tensor in figures)


def test_keras3_is_pruned_by_masks_with_its_own_loss(teach, keras3, digits):
    trained = teach(Prune(0.5, finetune=THREE), model=keras3)
    assert type(trained.model).__module__.startswith("keras.")
    assert not trained.model.compiled
    for kernel in kernels(trained.model):
        assert has_zeros(kernel, 0.5)
    assert "loss: the model's own" in trained.notes[1]
    assert accuracy(trained.model, digits[1]) >= accuracy(keras3, digits[1]) - POINT


def test_keras3_is_built_again_to_be_clustered(teach, keras3, digits):
    trained = teach(Prune(0.5, finetune=ONE), Cluster(16, finetune=ONE), model=keras3)
    assert type(trained.model).__module__.startswith("tf_keras.")
    assert any("built again in Keras 2" in note for note in trained.notes)
    assert all(np.unique(kernel.read()).size <= 16 for kernel in kernels(trained.model))
    assert accuracy(trained.model, digits[1]) >= accuracy(keras3, digits[1]) - POINT


def attention(keras):
    layers = keras.layers
    image = layers.Input((8, 8, 1), name="image")
    rows = layers.Reshape((8, 8), name="rows")(image)
    seen = layers.MultiHeadAttention(2, 16, name="attention")(rows, rows)
    flat = layers.Flatten(name="flat")(layers.LayerNormalization(name="norm")(seen))
    return keras.Model(image, layers.Dense(10, activation="softmax", name="digit")(flat))


def recurrent(keras):
    layers = keras.layers
    image = layers.Input((8, 8, 1), name="image")
    state = layers.GRU(12, name="gru")(layers.Reshape((8, 8), name="rows")(image))
    return keras.Model(image, layers.Dense(10, activation="softmax", name="digit")(state))


@pytest.mark.parametrize("build", [attention, recurrent])
def test_kernels_inside_layers_are_pruned_and_clustered(build, teach):
    import tf_keras

    model = build(tf_keras)
    trained = teach(Prune(0.5, finetune=ONE), Cluster(8, finetune=ONE), model=model)
    found = kernels(trained.model)
    assert len(found) == (5 if build is attention else 3)
    for kernel in found:
        assert np.unique(kernel.read()).size <= 8
        assert has_zeros(kernel, 0.5)


def test_a_loop_of_ones_own_trains_with_our_callbacks(teach, tmp_path):
    (tmp_path / "own_loops.py").write_text(
        "def good(model, x, y, *, epochs, batch_size, callbacks):\n"
        "    model.fit(x, y, batch_size, epochs, callbacks=callbacks, verbose=0)\n"
        "def deaf(model, x, y, *, epochs, batch_size, callbacks):\n"
        "    model.fit(x[:32], y[:32], verbose=0)\n"
        "def broken(model, x, y):\n"
        "    pass\n"
    )

    def step(name):
        own = Finetune(1, loop=f"own_loops:{name}", folder=tmp_path)
        return Prune(0.5, finetune=own, engine=Engine.MASK)

    trained = teach(step("good"))
    assert "trained by own_loops:good for 1 epoch" in trained.notes[1]
    assert all(has_zeros(kernel, 0.5) for kernel in kernels(trained.model))
    for name, message in [
        ("deaf", "own_loops:deaf did not call the callbacks"),
        ("broken", "own_loops:broken raised TypeError"),
        ("absent", "has no 'absent'"),
    ]:
        with pytest.raises(ConversionError, match=message):
            teach(step(name))


def test_what_keras2_lacks_is_named_with_what_there_is_instead(teach):
    import keras

    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Input((8, 8, 1), name="image"),
            layers.Conv2D(4, 3, activation="hard_silu", name="modern"),
            layers.Flatten(name="flat"),
            layers.Dense(10, activation="softmax", name="digit"),
        ]
    )
    with pytest.raises(ConversionError, match=r"layer 'modern' .* Keras 2 lacks.*int8 without qat"):
        teach(Qat(ONE), model=model)
    with pytest.raises(ConversionError, match=r"layer 'modern'.*leave finetune out"):
        teach(Cluster(4, finetune=ONE), model=model)
    with pytest.raises(ConversionError, match="use the engine mask"):
        teach(Prune(0.5, finetune=ONE, engine=Engine.TFMOT), model=model)


def test_what_cannot_be_trained_is_refused(teach):
    import tf_keras

    class Own(tf_keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = tf_keras.layers.Dense(10)

        def call(self, inputs):
            return self.dense(inputs)

    with pytest.raises(ConversionError, match="needs a Keras model"):
        teach(Prune(0.5, finetune=ONE), model=object())
    with pytest.raises(ConversionError, match="is a class of its own"):
        teach(Prune(0.5, finetune=ONE), model=Own())
    with pytest.raises(ConversionError, match="the layer 'gru': it is of the class GRU"):
        teach(Qat(ONE), model=recurrent(tf_keras))
    with pytest.raises(ConversionError, match="put the steps that prune before"):
        teach(Cluster(8, finetune=ONE), Prune(0.5, finetune=ONE))
    with pytest.raises(ConversionError, match="diverged"):
        teach(Prune(0.5, finetune=Finetune(1, learning_rate=1e38), engine=Engine.MASK))


def test_tfmot_leaves_the_choice_of_keras_alone():
    code = (
        "import os, tensorflow, keras\n"
        "from sizewise.compress.training.library import tfmot\n"
        "tfmot()\n"
        "import tensorflow as tf\n"
        "print(os.environ.get('TF_USE_LEGACY_KERAS'), tf.keras.__version__ == keras.__version__)\n"
    )
    environment = {k: v for k, v in os.environ.items() if k != "TF_USE_LEGACY_KERAS"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["None", "True"], done.stderr
