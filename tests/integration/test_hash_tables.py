"""Text in, numbers out: models with lookup tables, in the runtimes themselves."""

from __future__ import annotations

import json

import numpy as np
import pytest

from sizewise.convert import CONVERTERS, freeze, graph_function
from sizewise.domain import Data, Encoding, Samples, Source, SourceKind, Target
from sizewise.errors import ConversionError, UnsupportedOpError
from sizewise.models import open_object, open_source
from sizewise.runtimes import RUNTIMES
from support import sources, upstream

WORDS = {"word": np.array(["blue", "none", "red", "green"], dtype=object)}
NUMBERS = [7, -1, 3, 5]
FLOAT32 = Encoding("float32")


@pytest.fixture(scope="module", params=["node-wasm", "node-cpu"])
def tfjs(request):
    runtime = RUNTIMES[request.param]()
    yield runtime
    runtime.close()


def opened(folder, values="int32"):
    sources.write_lookup(folder, values)
    return open_source(Source(SourceKind.SAVED_MODEL, str(folder)))


def converted(model, target, folder):
    samples = Samples(WORDS)
    converter = CONVERTERS[target]()
    return converter.write(
        converter.prepare(freeze(model), Data(samples, samples)), FLOAT32, folder
    )


@pytest.mark.parametrize("values", ["int32", "int64", "float32"])
def test_a_table_is_filled_before_the_first_text_comes(values, tfjs, tmp_path):
    artifact = converted(opened(tmp_path / "source", values), Target.TFJS, tmp_path / "web")
    assert [spec.name for spec in artifact.signature.inputs] == ["word"]
    assert tfjs.call(artifact, WORDS)["number"].tolist() == NUMBERS


def two_tables():
    """A module in memory with a table for each of two functions, and one that both use."""
    import tensorflow as tf

    def table(keys, values):
        initializer = tf.lookup.KeyValueTensorInitializer(tf.constant(keys), tf.constant(values))
        return tf.lookup.StaticHashTable(initializer, default_value=0.0)

    words = tf.TensorSpec((None,), tf.string, "word")

    class Tables(tf.Module):
        def __init__(self):
            super().__init__()
            self.unused = table(["x"], [1.0])
            self.first = table(["red", "blue"], [1.5, 2.5])
            self.second = table(["green", "blue"], [10.0, 20.0])

        @tf.function(input_signature=[words])
        def __call__(self, word):
            return {"sum": self.first.lookup(word) + self.second.lookup(word)}

        @tf.function(input_signature=[words])
        def other(self, word):
            return {"one": self.unused.lookup(word)}

    return Tables()


def test_each_table_goes_where_it_is_read(tfjs, tmp_path):
    artifact = converted(open_object(two_tables()), Target.TFJS, tmp_path / "web")
    assert tfjs.call(artifact, WORDS)["sum"].tolist() == [22.5, 0, 1.5, 10]


def test_the_frozen_graph_is_evaluated_with_its_tables(tmp_path):
    import tensorflow as tf

    function = graph_function(freeze(opened(tmp_path / "source")))
    assert function(word=tf.constant(WORDS["word"]))["number"].numpy().tolist() == NUMBERS


def test_the_loaded_model_still_works_and_the_artifact_is_the_same_again(tmp_path):
    import tensorflow as tf

    model = opened(tmp_path / "source")
    one, other = (converted(model, Target.TFJS, tmp_path / name) for name in "ab")
    assert one.files == other.files
    again = open_source(Source(SourceKind.SAVED_MODEL, str(tmp_path / "source")))
    assert converted(again, Target.TFJS, tmp_path / "c").files == one.files
    found = model.function(word=tf.constant(WORDS["word"]))["number"]
    assert found.numpy().tolist() == NUMBERS


def test_the_artifact_is_upstreams_but_for_arbitrary_names(tmp_path):
    artifact = converted(opened(tmp_path / "source"), Target.TFJS, tmp_path / "ours")
    theirs = upstream.convert(tmp_path / "source", tmp_path / "theirs")
    assert plain(artifact.folder) == plain(theirs)
    shard = "group1-shard1of1.bin"
    assert (artifact.folder / shard).read_bytes() == (theirs / shard).read_bytes()


def plain(folder):
    """A model.json with ids, and names that TensorFlow numbers through in a process, by order, and
    without the marks that it leaves on some nodes.
    """
    model = json.loads((folder / "model.json").read_text())
    inputs, outputs = model["signature"]["inputs"], model["initializerSignature"]["outputs"]
    ids = {each["resourceId"] for each in outputs.values()}
    assert ids == {each["resourceId"] for each in inputs.values() if "resourceId" in each}
    assert len(ids) == 1
    for each in (*inputs.values(), *outputs.values()):
        each.pop("resourceId", None)
    nodes = [*model["modelTopology"]["node"], *model["modelInitializer"]["node"]]
    for node in nodes:
        attributes = node.pop("attr", {})
        for name in ("shared_name", "_has_manual_control_dependencies"):
            attributes.pop(name, None)
        node["attr"] = attributes
    texts = json.dumps(model)
    weights = [weight["name"] for weight in model["weightsManifest"][0]["weights"][1:]]
    for number, name in enumerate(weights):
        texts = texts.replace(f'"{name}"', f'"{number}"').replace(f'"^{name}"', f'"^{number}"')
    return json.loads(texts)


def test_a_table_of_another_signature_stays_out(tfjs, tmp_path):
    import tensorflow as tf

    module, folder = two_tables(), tmp_path / "source"
    signatures = {"serving_default": module.__call__, "other": module.other}
    tf.saved_model.save(module, str(folder), signatures=signatures)
    model = open_source(Source(SourceKind.SAVED_MODEL, str(folder)), signature="other")
    artifact = converted(model, Target.TFJS, tmp_path / "web")
    assert tfjs.call(artifact, WORDS)["one"].tolist() == [0, 0, 0, 0]
    assert tfjs.call(artifact, {"word": np.array(["x"], dtype=object)})["one"].tolist() == [1]

    with pytest.raises(AssertionError, match="is not in graph"):
        upstream.convert(folder, tmp_path / "theirs", "--signature_name=other")


def test_a_table_that_nobody_owns_is_refused():
    module = two_tables()
    function = module.__call__.get_concrete_function()
    with pytest.raises(ConversionError, match=r"table .* does not belong.*tf.Module"):
        freeze(open_object(function))


def test_a_table_that_is_read_from_a_file_is_refused_by_its_op(tmp_path):
    import tensorflow as tf

    words = tmp_path / "words.txt"
    words.write_text("red\nblue\n")

    class FromFile(tf.Module):
        def __init__(self):
            super().__init__()
            lines, numbers = tf.lookup.TextFileIndex.WHOLE_LINE, tf.lookup.TextFileIndex.LINE_NUMBER
            initializer = tf.lookup.TextFileInitializer(
                str(words), tf.string, lines, tf.int64, numbers
            )
            self.table = tf.lookup.StaticHashTable(initializer, default_value=-1)

        @tf.function(input_signature=[tf.TensorSpec((None,), tf.string, "word")])
        def __call__(self, word):
            return {"number": self.table.lookup(word)}

    with pytest.raises(UnsupportedOpError, match="no op InitializeTableFromTextFileV2"):
        converted(open_object(FromFile()), Target.TFJS, tmp_path / "web")
    assert not (tmp_path / "web").exists()


def test_a_table_of_tensorflow_1_is_refused_by_its_name(tmp_path):
    folder = sources.write_tf1_lookup(tmp_path / "source")
    with pytest.raises(UnsupportedOpError, match=r"table of TensorFlow 1 \(hash_table\)") as info:
        open_source(Source(SourceKind.SAVED_MODEL, str(folder)), signature="main")
    assert info.value.ops == {"HashTableV2": ("hash_table",)}


def test_tflite_looks_int64_up(tmp_path):
    artifact = converted(opened(tmp_path / "source", "int64"), Target.TFLITE, tmp_path / "phone")
    runtime = RUNTIMES["litert"]()
    assert runtime.call(artifact, WORDS)["number"].tolist() == NUMBERS


def test_tflite_refuses_int32_by_the_op(tmp_path):
    with pytest.raises(UnsupportedOpError, match="HashTableV2, LookupTableFindV2"):
        converted(opened(tmp_path / "source"), Target.TFLITE, tmp_path / "phone")
