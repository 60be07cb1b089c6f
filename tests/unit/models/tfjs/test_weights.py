import json

import numpy as np
import pytest

from sizewise.errors import SourceError
from sizewise.models.tfjs.files import read_model
from sizewise.models.tfjs.weights import read_weights

FLOATS = np.array([[0.5, -1.5], [2.0, 3.25]], np.float32)


def entry(name, value_type, shape, **quantization):
    return {"name": name, "dtype": value_type, "shape": shape} | (
        {"quantization": quantization} if quantization else {}
    )


@pytest.fixture
def model(tmp_path):
    """Writes a model of one group, in two shards, and reads its weights."""

    def write(entries, content, **document):
        half = len(content) // 2
        (tmp_path / "one.bin").write_bytes(content[:half])
        (tmp_path / "two").write_bytes(content[half:])
        document = {
            "modelTopology": {"node": []},
            "weightsManifest": [{"paths": ["one.bin", "./two"], "weights": entries}],
        } | document
        (tmp_path / "model.json").write_text(json.dumps(document))
        return read_weights(read_model(tmp_path))

    return write


def test_plain_and_quantized_weights_in_one_group(model):
    stored = np.array([0, 255, 100], np.uint8)
    halves = np.array([0.1, 70.0], np.float16)
    wide = np.array([1, 65535], np.uint16)
    weights = model(
        [
            entry("floats", "float32", [2, 2]),
            entry("bytes", "float32", [3], dtype="uint8", scale=2, min=-1),
            entry("halves", "float32", [2], dtype="float16"),
            entry(
                "wide", "float32", [2], dtype="uint16", scale=0.5, min=0, original_dtype="float32"
            ),
            entry("flags", "bool", [2]),
            entry("steps", "int32", [1]),
        ],
        FLOATS.tobytes()
        + stored.tobytes()
        + halves.tobytes()
        + wide.tobytes()
        + b"\1\0"
        + np.array([-7], np.int32).tobytes(),
    )
    values = weights.values
    np.testing.assert_array_equal(values["floats"], FLOATS)
    assert values["bytes"].tolist() == [-1, 509, 199]
    np.testing.assert_array_equal(values["halves"], halves.astype(np.float32))
    assert values["wide"].tolist() == [0.5, 32767.5]
    assert values["flags"].tolist() == [True, False]
    assert values["steps"].tolist() == [-7]
    assert {name: array.dtype.name for name, array in values.items()} == {
        "floats": "float32",
        "bytes": "float32",
        "halves": "float32",
        "wide": "float32",
        "flags": "bool",
        "steps": "int32",
    }
    assert weights.notes == ("dequantized from float16, uint16, uint8 first",)


def test_integers_that_were_quantized_are_whole_again(model):
    weights = model(
        [entry("steps", "int32", [3], dtype="uint8", scale=0.1, min=-3)], bytes([0, 30, 34])
    )
    assert weights.values["steps"].tolist() == [-3, 0, 0]
    assert weights.values["steps"].dtype == np.int32


def test_texts(model):
    content = b"".join(len(text).to_bytes(4, "little") + text for text in (b"red", b"", b"\xff"))
    weights = model([entry("words", "string", [3]), entry("x", "uint8", [1])], content + b"\7")
    assert weights.values["words"].tolist() == [b"red", b"", b"\xff"]
    assert weights.values["x"].tolist() == [7]
    assert weights.notes == ()


def test_a_single_group_that_is_no_list(model, tmp_path):
    group = {"paths": ["one.bin", "two"], "weights": [entry("x", "float32", [2, 2])]}
    weights = model([], FLOATS.tobytes(), weightsManifest=group)
    np.testing.assert_array_equal(weights.values["x"], FLOATS)


def test_a_manifest_in_a_file_of_its_own(model, tmp_path):
    group = {"paths": ["one.bin", "two"], "weights": [entry("x", "float32", [2, 2])]}
    (tmp_path / "weights_manifest.json").write_text(json.dumps([group]))
    weights = model([], FLOATS.tobytes(), weightsManifest=None)
    np.testing.assert_array_equal(weights.values["x"], FLOATS)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([entry("x", "float32", [5])], "are cut short: 16 bytes, and the weight x ends at 20"),
        ([entry("x", "string", [1])], "are cut short: 16 bytes, and the weight x ends at"),
        ([entry("x", "float8", [1])], "the weight x of {} has the unknown type 'float8'"),
        ([entry("x", "float32", [1], dtype="uint8", min=0)], "has no scale and min"),
        ([entry("x", "float32", [1], dtype="uint8", scale="a", min=0)], "has no scale and min"),
        ([entry("x", "float32", [1], scale=1, min=0)], "has a weight without name, shape or type"),
        ([entry("x", "float32", [-1])], "has a weight without name, shape or type"),
        ([{"name": "x", "dtype": "float32"}], "has a weight without name, shape or type"),
        ("all", "has a weight without name, shape or type"),
    ],
)
def test_weights_that_do_not_fit_their_bytes(model, tmp_path, entries, message):
    with pytest.raises(SourceError) as caught:
        model(entries, FLOATS.tobytes())
    assert message.format(tmp_path / "model.json") in caught.value.message
    assert caught.value.advice
