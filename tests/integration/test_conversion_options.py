"""Options of the upstream converter: the same artifact with the same options."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from sizewise.convert import CONVERTERS, freeze
from sizewise.domain import ConversionOptions, Data, Encoding, Samples, Target
from sizewise.errors import UnsupportedOpError
from sizewise.runtimes import RUNTIMES
from support.graphs import function_of, opened, opened_folder, random_constant, saved

CONVERTER = CONVERTERS[Target.TFJS]()
NO_DATA = Data(Samples({}), Samples({}))


@pytest.fixture(scope="module")
def two_outputs(tmp_path_factory):
    """A SavedModel whose outputs have the same shape, so that only names tell them apart."""
    import tensorflow as tf

    first, second = random_constant(6, 5, seed=1), random_constant(6, 5, seed=2)
    function = function_of(
        lambda x: {"beta": tf.nn.relu(x @ first), "alpha": x @ second}, x=[None, 6]
    )
    return saved(function, tmp_path_factory.mktemp("two") / "source")


def both(source, folder, options, **theirs):
    from tensorflowjs.converters.tf_saved_model_conversion_v2 import convert_tf_saved_model

    graph = freeze(opened_folder(source), options)
    artifact = CONVERTER.write(
        CONVERTER.prepare(graph, NO_DATA, options), Encoding("uint8"), folder / "ours"
    )
    convert_tf_saved_model(
        str(source),
        str(folder / "theirs"),
        quantization_dtype_map={"uint8": True},
        strip_debug_ops=True,
        **theirs,
    )
    return artifact, folder / "theirs"


def parts(folder):
    model = json.loads((folder / "model.json").read_text())
    return model, model["modelTopology"].pop("node")


def by_name(nodes):
    return {node["name"]: node for node in nodes}


@pytest.mark.parametrize(
    ("options", "theirs"),
    [
        ({"weight_shard_bytes": 50}, {"weight_shard_size_bytes": 50}),
        ({"metadata": {"a": {"b": 1}}}, {"metadata": {"a": {"b": 1}}}),
        ({"structured_outputs": True}, {"use_structured_outputs_names": True}),
    ],
)
def test_the_artifact_is_upstreams(two_outputs, tmp_path, options, theirs):
    artifact, folder = both(two_outputs, tmp_path, ConversionOptions(**options), **theirs)
    (ours, our_nodes), (upstream, their_nodes) = parts(artifact.folder), parts(folder)
    assert ours.get("userDefinedMetadata") == upstream.get("userDefinedMetadata")
    assert ours == upstream
    assert list(ours) == list(upstream)
    assert by_name(our_nodes) == by_name(their_nodes)
    names = {file.path for file in artifact.files[1:]}
    assert names == {path.name for path in folder.glob("*.bin")}
    assert len(names) == (2 if "weight_shard_bytes" in options else 1)
    for name in names:
        assert (artifact.folder / name).read_bytes() == (folder / name).read_bytes()


def test_loops_stay_functions_with_control_flow_of_version_2(tmp_path):
    import tensorflow as tf

    kernel = random_constant(6, 6)

    def call(x):
        def more(count, value):
            return count + 1, tf.tanh(value @ kernel)

        return {"y": tf.while_loop(lambda count, _: count < 3, more, (0, x))[1]}

    function = function_of(call, x=[None, 6])
    options = ConversionOptions(control_flow_v2=True)
    ready = CONVERTER.prepare(freeze(opened(function), options), NO_DATA, options)
    artifact = CONVERTER.write(ready, Encoding("float32"), tmp_path / "model")
    _, nodes = parts(artifact.folder)
    assert "StatelessWhile" in {node["op"] for node in nodes}
    x = np.linspace(-1, 1, 12, dtype="f4").reshape(2, 6)
    runtime = RUNTIMES["node-wasm"]()
    try:
        found = runtime.execute(artifact, {"x": x}, latency_runs=0).outputs["y"]
    finally:
        runtime.close()
    np.testing.assert_allclose(found, function(x=tf.constant(x))["y"], atol=1e-6)


def test_an_unknown_op_passes_where_the_check_is_skipped(tmp_path):
    import tensorflow as tf

    graph = freeze(opened(function_of(lambda x: {"y": tf.math.digamma(x)}, x=[None, 2])))
    ready = CONVERTER.prepare(graph, NO_DATA, ConversionOptions(skip_op_check=True))
    artifact = CONVERTER.write(ready, Encoding("float32"), tmp_path / "model")
    nodes = json.loads(artifact.entry.read_text())["modelTopology"]["node"]
    assert "Digamma" in {node["op"] for node in nodes}


def checked():
    import tensorflow as tf

    def call(x):
        with tf.control_dependencies([tf.debugging.assert_less(x, 100.0)]):
            return {"y": tf.debugging.check_numerics(tf.nn.relu(x), "broken")}

    return function_of(call, x=[None, 2])


def test_debug_ops_are_stripped_as_upstreams_command_line_does(tmp_path):
    graph = freeze(opened(checked()))
    assert {"Assert", "CheckNumerics"} <= {node.op for node in graph.graph_def.node}
    ready = CONVERTER.prepare(graph, NO_DATA)
    artifact = CONVERTER.write(ready, Encoding("float32"), tmp_path / "model")
    nodes = json.loads(artifact.entry.read_text())["modelTopology"]["node"]
    assert {"Assert", "CheckNumerics"}.isdisjoint(node["op"] for node in nodes)


def test_debug_ops_that_are_kept_are_refused_by_name_as_upstream_does():
    graph = freeze(opened(checked()))
    with pytest.raises(UnsupportedOpError, match=r"Assert.*CheckNumerics"):
        CONVERTER.prepare(graph, NO_DATA, ConversionOptions(strip_debug_ops=False))
    kept = replace(graph, custom_ops=frozenset(["Assert", "CheckNumerics"]))
    assert CONVERTER.prepare(kept, NO_DATA, ConversionOptions(strip_debug_ops=False))


def test_a_weight_file_holds_at_least_a_byte():
    with pytest.raises(ValueError, match="0 bytes cannot be written"):
        ConversionOptions(weight_shard_bytes=0)
