from __future__ import annotations

import pytest

from sizewise.config.encodings import decode_encoding
from sizewise.config.transforms import decode_transform
from sizewise.domain import (
    ENCODINGS,
    DataSource,
    Encoding,
    ModelSpec,
    Rounding,
    Source,
    SourceKind,
    Target,
    Transform,
)
from sizewise.plan import legality

TFJS, LAYERS, TFLITE = Target.TFJS, Target.TFJS_LAYERS, Target.TFLITE
QAT = "trains for int8: only int8@tflite uses the ranges that it learns"


def verdict(transform, encoding, target, kind=SourceKind.ZOO):
    model = ModelSpec("net", Source(kind, "there"), DataSource(""), None, None)
    if isinstance(encoding, str):
        encoding = decode_encoding(encoding, target)
    return legality(model, decode_transform(transform), encoding, target)


@pytest.mark.parametrize("name", ["none", "prune80ft3", "cluster16ft2", "prune50ft3+cluster16ft2"])
@pytest.mark.parametrize("target", Target)
def test_training_changes_the_model_that_every_target_is_made_of(name, target):
    for encoding in ENCODINGS[target]:
        assert verdict(name, encoding, target) is None


@pytest.mark.parametrize("name", ["prune80", "cluster16", "prune50obs", "prune50ft3+cluster16"])
def test_layers_models_are_not_made_of_the_frozen_graph(name):
    reason = f"{name} changes the weights of the frozen graph, and tfjs-layers is made of the"
    assert verdict(name, "uint8", LAYERS).startswith(reason)
    assert verdict(name, "uint8", TFJS) is None
    assert verdict(name, "int8", TFLITE) is None


@pytest.mark.parametrize(
    ("kind", "words"),
    [(SourceKind.SAVED_MODEL, "a SavedModel"), (SourceKind.FROZEN_GRAPH, "a frozen graph")],
)
def test_a_graph_has_no_layers(kind, words):
    assert verdict("none", "uint8", TFJS, kind) is None
    assert verdict("prune80", "uint8", TFJS, kind) is None
    layers = f"{words} has no Keras layers: tfjs-layers needs a Keras model"
    assert verdict("none", "uint8", LAYERS, kind) == layers
    trained = f"{words} has no Keras layers: prune80ft3 needs a Keras model"
    assert verdict("prune80ft3", "uint8", TFJS, kind) == trained


@pytest.mark.parametrize("name", ["qat3", "prune50ft3+qat3"])
def test_quantized_training_is_for_int8_of_tflite_alone(name):
    for target in Target:
        for encoding in ENCODINGS[target]:
            legal = (encoding, target) == ("int8", TFLITE)
            assert verdict(name, encoding, target) == (None if legal else f"{name} {QAT}")
    assert verdict(name, "int8-gptq", TFLITE) == f"{name} {QAT}"


@pytest.mark.parametrize(
    ("name", "encoding", "reason"),
    [
        ("cluster16", "uint8-l16", None),
        ("cluster16", "uint8-l64", None),
        ("cluster16", "uint8-gptq", "uint8-gptq moves weights to levels of its own, off those of"),
        ("cluster16obs", "uint8-gptq-l64", "uint8-gptq-l64 moves weights to levels of its own"),
        ("cluster300", "uint8", None),
        ("cluster32", "uint8-l16", "cluster32 keeps 32 values a kernel, and uint8-l16 has 16"),
        ("prune50+cluster17", "uint8-l16", "cluster17 keeps 17 values a kernel, and uint8-l16 "),
    ],
)
def test_clusters_need_a_level_each(name, encoding, reason):
    found = verdict(name, encoding, TFJS)
    assert found is None if reason is None else found.startswith(reason)


@pytest.mark.parametrize(
    ("encoding", "target", "reason"),
    [
        (Encoding("uint8-gptq", None, Rounding.GPTQ), TFJS, None),
        (Encoding("int8-gptq", None, Rounding.GPTQ), TFLITE, None),
        (
            Encoding("uint8-gptq", None, Rounding.GPTQ),
            LAYERS,
            "uint8-gptq is made on the frozen graph, and tfjs-layers is made of the Keras model",
        ),
        (Encoding("uint8-l64", None, levels=64), LAYERS, "uint8-l64 is made on the frozen graph"),
        (Encoding("uint16-l64", None, levels=64), TFJS, "of tfjs only uint8 has a rounding"),
        (Encoding("float16-gptq", None, Rounding.GPTQ), TFLITE, "of tflite only int8 has a"),
        (Encoding("int8-l64", None, levels=64), TFLITE, "tflite makes no use of a number of"),
        (Encoding("uint8-gptq", None, Rounding.GPTQ), TFLITE, "uint8-gptq is no encoding of"),
        (Encoding("float8"), TFJS, "float8 is no encoding of tfjs: it has float32"),
        (Encoding("mixed", {"uint8": ("*",)}), LAYERS, None),
        (Encoding("mixed", {"uint8": ("*",)}), TFLITE, "tflite takes no map of patterns"),
    ],
)
def test_encodings_of_a_suite_that_was_built_in_python(encoding, target, reason):
    found = verdict("none", encoding, target)
    assert found is None if reason is None else found.startswith(reason)


def test_a_name_of_its_own_is_what_the_reason_says():
    model = ModelSpec("net", Source(SourceKind.ZOO, "there"), DataSource(""), None, None)
    slow = Transform(decode_transform("qat3").steps, "slow")
    assert legality(model, slow, Encoding("uint8"), TFJS) == f"slow {QAT}"
