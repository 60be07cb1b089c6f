"""What a transform did is still there in the bytes of every artifact, and where it is not, the
artifact is flagged.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from sizewise.compress import apply_transform
from sizewise.convert import CONVERTERS, final_graph, freeze
from sizewise.domain import (
    Cluster,
    Data,
    Encoding,
    Engine,
    Pattern,
    Prune,
    Samples,
    Target,
    Transform,
)
from sizewise.measure import audit, pattern_of, read_weights
from sizewise.models import open_object

IMAGES = Samples({"image": np.random.default_rng(0).normal(size=(32, 8, 8, 4)).astype("f4")})
DATA = Data(IMAGES, IMAGES)
PRUNE80 = Transform((Prune(0.8),))
CLUSTER16 = Transform((Cluster(16),))
BOTH = Transform((Prune(0.5), Cluster(16)))
TWO_OF_FOUR = Transform((Prune(pattern=Pattern(2, 4)),))
TRANSFORMS = (PRUNE80, CLUSTER16, BOTH, TWO_OF_FOUR)
VARIANTS = [
    (target, encoding)
    for target, encodings in {
        Target.TFJS: ("float32", "float16", "uint16", "uint8"),
        Target.TFLITE: ("float32", "float16", "dynamic_int8", "int8", "weight_int8"),
    }.items()
    for encoding in encodings
]


@pytest.fixture(scope="module")
def graph():
    """Convolutions with batch norms that scale every channel otherwise, and a dense layer."""
    import tf_keras

    layers = tf_keras.layers
    tf_keras.utils.set_random_seed(3)
    image = layers.Input((8, 8, 4), name="image")
    x = image
    convolutions = {
        "conv": layers.Conv2D(32, 3, use_bias=False, name="conv"),
        "deep": layers.DepthwiseConv2D(3, padding="same", use_bias=False, name="deep"),
        "point": layers.Conv2D(64, 1, use_bias=False, name="point"),
    }
    for name, layer in convolutions.items():
        x = layers.ReLU()(layers.BatchNormalization(name=f"{name}_norm")(layer(x)))
    scores = layers.Dense(10, name="scores")(layers.Flatten()(x))
    model = tf_keras.Model(image, scores)
    generator = np.random.default_rng(1)
    for name in convolutions:
        norm = model.get_layer(f"{name}_norm")
        shape = norm.get_weights()[0].shape
        norm.set_weights([generator.uniform(0.5, 2, shape) for _ in range(4)])
    return freeze(open_object(model))


@pytest.fixture(scope="module")
def reported(graph, tmp_path_factory):
    """The weights read back of a transform's artifact, each made once."""
    folder = tmp_path_factory.mktemp("artifacts")
    final = final_graph(graph)

    @cache
    def prepared(transform, target):
        changed = apply_transform(transform, final, IMAGES)
        return CONVERTERS[target]().prepare(changed, DATA)

    @cache
    def report(transform, target, encoding):
        artifact = CONVERTERS[target]().write(
            prepared(transform, target),
            Encoding(encoding),
            folder / transform.name / f"{encoding}@{target}",
        )
        return read_weights(artifact, pattern=pattern_of(transform))

    return report


@pytest.mark.parametrize("transform", TRANSFORMS, ids=lambda transform: transform.name)
@pytest.mark.parametrize(("target", "encoding"), VARIANTS)
def test_every_effect_survives_to_the_bytes(reported, transform, target, encoding):
    report = reported(transform, target, encoding)
    kernels = [tensor for tensor in report.tensors if tensor.is_kernel]
    assert len(kernels) == 4
    assert audit(transform, Encoding(encoding), target, report) == ()
    if transform is PRUNE80:
        assert report.sparsity > 0.79
    if transform is TWO_OF_FOUR:
        # All but the depthwise kernel have an axis of inputs.
        assert sorted(k.dense_groups is None for k in kernels) == [False, False, False, True]
        assert 0.45 < report.sparsity < 0.55


def test_an_effect_that_did_not_survive_is_flagged(graph, tmp_path):
    # Clusters of the graph before its batch norms are folded: the folding takes them apart.
    clustered = apply_transform(CLUSTER16, graph, IMAGES)
    for target in (Target.TFJS, Target.TFLITE):
        converter = CONVERTERS[target]()
        encoding = Encoding("float32")
        artifact = converter.write(
            converter.prepare(clustered, DATA), encoding, tmp_path / str(target)
        )
        (flag,) = audit(CLUSTER16, encoding, target, read_weights(artifact))
        assert flag.startswith("cluster16: 3 of 4 kernels have more than 16 distinct values")
        (other,) = audit(PRUNE80, encoding, target, read_weights(artifact))
        assert other.startswith("prune80: 4 of 4 kernels have less than 79.0 % zeros")
        stored, large = audit(Transform(), Encoding("int8"), target, read_weights(artifact))
        assert "kernels are stored otherwise" in stored
        assert "of float16" in large


def test_bits_a_weight_tell_what_brotli_makes_of_it(reported):
    plain, pruned, clustered = (
        reported(transform, Target.TFJS, "uint8").bits_per_weight_brotli
        for transform in (Transform((Prune(0.01),)), PRUNE80, CLUSTER16)
    )
    assert pruned < 0.5 * plain
    assert clustered < 0.75 * plain


@pytest.mark.parametrize("step", [Prune(0.5, engine=Engine.OBS), Cluster(16, engine=Engine.OBS)])
def test_steps_that_look_at_samples_are_held_to_the_same(reported, step):
    report = reported(Transform((step,)), Target.TFJS, "uint8")
    assert audit(Transform((step,)), Encoding("uint8"), Target.TFJS, report) == ()
