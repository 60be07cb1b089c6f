"""Calibrated rounding, pruning and clustering on real graphs, down to the artifacts' bytes."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from tests.support.graphs import data_of, function_of, opened, random_constant, with_values

from sizewise.compress import apply_transform, obs
from sizewise.compress.obs import trace
from sizewise.compress.obs.calibration import calibrated, constant_values
from sizewise.compress.obs.contractions import Lookup
from sizewise.compress.obs.levels import total_error
from sizewise.convert import CONVERTERS, final_graph, freeze
from sizewise.domain import (
    Cluster,
    Data,
    Encoding,
    Engine,
    Pattern,
    Prune,
    RoundedWeight,
    Rounding,
    Samples,
    Target,
    Transform,
)
from sizewise.errors import ConversionError, DataError
from sizewise.run.rooms import RealStages

GPTQ = Encoding("uint8-gptq", rounding=Rounding.GPTQ)
GPTQ8 = Encoding("uint8-gptq-l8", rounding=Rounding.GPTQ, levels=8)
PLAIN8 = Encoding("uint8-l8", levels=8)


@pytest.fixture(scope="module")
def stages():
    opened_stages = RealStages()
    yield opened_stages
    opened_stages.close()


def outputs(stages, graph, samples):
    return {name: out.astype(float) for name, out in stages.evaluate(graph, samples).items()}


def change(stages, graph, other, samples):
    """The squared change of all outputs."""
    before, after = (outputs(stages, one, samples) for one in (graph, other))
    return sum(((before[name] - after[name]) ** 2).sum() for name in before)


def conv(x, *shape, **options):
    import tensorflow as tf

    return tf.nn.conv2d(x, random_constant(*shape), **{"strides": 1, "padding": "SAME", **options})


def shared(x):
    import tensorflow as tf

    kernel = random_constant(24, 24)
    return tf.nn.tanh(x @ kernel) @ kernel


def gru(x):
    """A recurrent cell, whose two kernels are read within a loop."""
    import tensorflow as tf

    of_input, of_state = random_constant(6, 16), random_constant(16, 16, seed=1)

    def step(time, state):
        return time + 1, tf.nn.tanh(x[:, time] @ of_input + state @ of_state)

    start = (tf.constant(0), tf.zeros((tf.shape(x)[0], 16)))
    return tf.while_loop(lambda time, _: time < 5, step, start)[1]


def branches(x):
    import tensorflow as tf

    one, other = random_constant(20, 8), random_constant(20, 8, seed=1)
    return tf.cond(tf.reduce_sum(x) > 1e9, lambda: x @ one, lambda: x @ other)


def dense(x):
    return x @ random_constant(20, 8) + random_constant(8, seed=3)


def transposed(x):
    import tensorflow as tf

    return tf.matmul(x, random_constant(8, 20), transpose_b=True)


def batched(x):
    import tensorflow as tf

    return tf.matmul(x, random_constant(3, 20, 4))


def einsum(x):
    import tensorflow as tf

    return tf.einsum("abd,dnh->abnh", x, random_constant(20, 2, 6))


def depthwise(x):
    import tensorflow as tf

    kernel = random_constant(5, 5, 4, 2)
    return tf.nn.depthwise_conv2d(x, kernel, (1, 2, 2, 1), "SAME")


def reshaped(x):
    import tensorflow as tf

    return x @ tf.reshape(tf.transpose(random_constant(2, 4, 20), (2, 0, 1)), (20, 8))


def volume(x):
    import tensorflow as tf

    return tf.nn.conv3d(x, random_constant(2, 3, 2, 3, 6), (1, 1, 2, 1, 1), "SAME")


def upsampled(x):
    import tensorflow as tf

    result = (tf.shape(x)[0], 10, 7, 5)
    image = tf.nn.conv2d_transpose(x, random_constant(3, 3, 5, 4), result, (2, 2))
    return tf.nn.bias_add(image, random_constant(5, seed=3))


def upsampled_volume(x):
    import tensorflow as tf

    result = (tf.shape(x)[0], 4, 6, 4, 6)
    return tf.nn.conv3d_transpose(x, random_constant(2, 3, 2, 6, 3), result, (2, 2, 1))


def table_rows(x):
    import tensorflow as tf

    numbers = tf.cast(tf.clip_by_value(x * 6 + 10, 0, 29), tf.int32)
    return tf.gather(random_constant(30, 16), numbers)


def looked_up(x):
    import tensorflow as tf

    return tf.reshape(table_rows(x), (-1, 5 * 16)) @ random_constant(5 * 16, 4, seed=1)


KINDS = {
    "dense": (dense, (20,)),
    "transposed": (transposed, (20,)),
    "batched": (batched, (3, 5, 20)),
    "einsum": (einsum, (5, 20)),
    "conv": (lambda x: conv(x, 3, 3, 4, 8, strides=2), (9, 8, 4)),
    "dilated": (lambda x: conv(x, 3, 2, 4, 8, dilations=(2, 1)), (9, 8, 4)),
    "grouped": (lambda x: conv(x, 3, 3, 2, 8, padding="VALID"), (9, 8, 4)),
    "depthwise": (depthwise, (9, 8, 4)),
    "reshaped": (reshaped, (20,)),
    "shared": (shared, (24,)),
    "recurrent": (gru, (5, 6)),
    "branches": (branches, (20,)),
    "volume": (volume, (4, 5, 4, 3)),
    "upsampled": (upsampled, (5, 4, 4)),
    "upsampled volume": (upsampled_volume, (2, 3, 4, 3)),
    "table": (table_rows, (5,)),
    "looked up": (looked_up, (5,)),
}

WIDENED = ("volume", "upsampled", "upsampled volume", "table")


def graph_of(call, shape, count=64):
    """A frozen graph, and samples for it whose numbers go together, as those of images do."""
    graph = freeze(opened(function_of(lambda x: {"y": call(x)}, x=[None, *shape])))
    samples = data_of(count, x=shape).calibrate
    x = samples.inputs["x"]
    return graph, Samples({"x": 0.4 * x + x.mean(axis=-1, keepdims=True) * 2 + 0.3})


@pytest.mark.parametrize("kind", KINDS)
def test_outputs_change_less_than_with_plain_rounding(kind, stages):
    graph, samples = graph_of(*KINDS[kind])
    chosen = obs.round_weights(graph, GPTQ8, samples)
    plain = obs.round_weights(graph, PLAIN8, None)
    assert chosen.notes == () or kind == "branches"
    assert plain.weights.keys() <= chosen.weights.keys()
    ours, theirs = (
        change(stages, graph, with_values(graph, one.weights), samples) for one in (chosen, plain)
    )
    assert 0 < ours < 0.9 * theirs


def test_each_layer_makes_good_for_those_before_it(stages):
    """Layers are measured in the order in which they run, with what is rounded by then."""
    import tensorflow as tf

    def call(x):
        x = tf.nn.relu(conv(x, 3, 3, 3, 8))
        y = tf.nn.relu(conv(x, 1, 1, 8, 24)) + conv(x, 1, 1, 8, 24)
        return tf.reshape(y, (-1, 6 * 6 * 24)) @ random_constant(6 * 6 * 24, 5)

    graph, samples = graph_of(call, (6, 6, 3))
    chosen, plain = (obs.round_weights(graph, one, samples) for one in (GPTQ8, PLAIN8))
    ours, theirs = (
        change(stages, graph, with_values(graph, one.weights), samples) for one in (chosen, plain)
    )
    assert ours < 0.3 * theirs


def test_little_memory_gives_the_same_levels(monkeypatch):
    import tensorflow as tf

    def call(x):
        for _ in range(3):
            x = tf.nn.relu(conv(x, 3, 3, 4, 4))
        return x

    graph, samples = graph_of(call, (6, 6, 4))
    usual = obs.round_weights(graph, GPTQ, samples).weights
    monkeypatch.setattr("sizewise.compress.obs.running.HELD_BYTES", 0)
    frugal = obs.round_weights(graph, GPTQ, samples).weights
    for name, one in usual.items():
        np.testing.assert_array_equal(one.levels, frugal[name].levels)


@pytest.fixture(scope="module")
def small_network():
    """Convolutions with batch norms, biases and a dense layer."""
    import tensorflow as tf

    def call(x):
        y = tf.nn.bias_add(conv(x, 3, 3, 2, 24), random_constant(24, seed=4))
        y = tf.nn.relu(y)
        y = tf.nn.depthwise_conv2d(y, random_constant(3, 3, 24, 1), (1, 1, 1, 1), "SAME")
        y = tf.nn.relu6(tf.nn.bias_add(y, random_constant(24, seed=5)))
        y = tf.reduce_mean(y, (1, 2)) @ random_constant(24, 10, seed=6)
        return tf.nn.bias_add(y, random_constant(10, seed=7))

    return graph_of(call, (8, 8, 2))


@pytest.mark.parametrize("encoding", [GPTQ, GPTQ8, PLAIN8], ids=lambda encoding: encoding.name)
def test_bytes_decode_to_what_was_computed(encoding, small_network, stages, tmp_path):
    graph, samples = small_network
    converter = CONVERTERS[Target.TFJS]()
    prepared = converter.prepare(graph, Data(samples, samples))
    rounded = obs.round_weights(prepared.graph, encoding, samples).weights
    assert len(rounded) == (3 if encoding is PLAIN8 else 6)
    artifact = converter.write(prepared.with_levels(rounded), encoding, tmp_path / "model")

    document = json.loads(artifact.entry.read_text())
    (group,) = document["weightsManifest"]
    content = b"".join((artifact.folder / path).read_bytes() for path in group["paths"])
    place, found = 0, {}
    for entry in group["weights"]:
        packing, size = entry.get("quantization"), int(np.prod(entry["shape"]))
        width = 1 if packing else 4
        stored = content[place : place + size * width]
        place += size * width
        if packing:
            levels = np.frombuffer(stored, np.uint8).reshape(entry["shape"])
            found[entry["name"]] = RoundedWeight(levels, packing["scale"], packing["min"])
    for name, one in rounded.items():
        np.testing.assert_array_equal(found[name].levels, one.levels)
        assert (found[name].scale, found[name].minimum) == (one.scale, one.minimum)

    # All weights of this network are among the found ones, and TF.js computes with them.
    expected = outputs(stages, with_values(prepared.graph, found), samples)["y"]
    run = stages.execute("node-wasm", artifact, samples).outputs["y"]
    np.testing.assert_allclose(run, expected, atol=1e-4)


def test_the_optimised_graph_runs_in_tensorflow(stages):
    """A depthwise convolution with a bias and nothing after it is a fusion of its own kind."""
    import tensorflow as tf

    def call(x):
        y = tf.nn.bias_add(depthwise(x), random_constant(8, seed=1))
        return tf.nn.leaky_relu(conv(y, 1, 1, 8, 4), 0.1) + y[..., :4]

    graph, samples = graph_of(call, (9, 8, 4))
    prepared = CONVERTERS[Target.TFJS]().prepare(graph, Data(samples, samples))
    kinds = {node["op"] for node in prepared.head["modelTopology"]["node"]}
    assert "FusedDepthwiseConv2dNative" in kinds
    expected, found = (outputs(stages, one, samples)["y"] for one in (graph, prepared.graph))
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_levels_have_to_be_chosen_and_to_fit(small_network, tmp_path):
    graph, samples = small_network
    converter = CONVERTERS[Target.TFJS]()
    prepared = converter.prepare(graph, Data(samples, samples))
    with pytest.raises(ConversionError, match="levels of uint8-gptq are chosen before"):
        converter.write(prepared, GPTQ, tmp_path / "none")
    name = prepared.weights[0].name
    for rounded, message in (
        ({"other": RoundedWeight(np.zeros(3, np.uint8), 1.0, 0.0)}, "is no float weight"),
        ({name: RoundedWeight(np.zeros(3, np.uint8), 1.0, 0.0)}, "not uint8 of shape"),
    ):
        with pytest.raises(ConversionError, match=message):
            converter.write(prepared.with_levels(rounded), GPTQ, tmp_path / "bad")
    assert not list(tmp_path.iterdir())


def test_tflite_finds_the_same_levels_again(small_network, tmp_path):
    """Every int8 kernel of the file holds the values of the graph, not just near ones."""
    check_same_levels(*small_network, 3, tmp_path)


def test_tflite_finds_the_levels_of_a_transposed_convolution_again(tmp_path):
    check_same_levels(*graph_of(*KINDS["upsampled"]), 1, tmp_path)


def test_what_tflite_stores_as_it_is_keeps_its_values():
    graph, samples = graph_of(*KINDS["volume"])
    encoding = Encoding("int8-gptq", rounding=Rounding.GPTQ)
    rounded = obs.round_kernels(graph, encoding, samples)
    before, after = (constant_values(one.graph_def) for one in (graph, rounded))
    for name, values in before.items():
        np.testing.assert_array_equal(values, after[name])


def check_same_levels(graph, samples, count, tmp_path):
    from ai_edge_litert.interpreter import Interpreter

    encoding = Encoding("int8-gptq", rounding=Rounding.GPTQ)
    rounded = obs.round_kernels(final_graph(graph), encoding, samples)
    known = [w for w in constant_values(rounded.graph_def).values() if w.ndim > 1]
    assert len(known) == count
    converter = CONVERTERS[Target.TFLITE]()
    prepared = converter.prepare(rounded, Data(samples, samples))
    artifact = converter.write(prepared, encoding, tmp_path / "int8-gptq")
    assert artifact.encoding == "int8-gptq"
    interpreter = Interpreter(model_path=str(artifact.entry))
    interpreter.allocate_tensors()
    kernels = []
    for detail in interpreter.get_tensor_details():
        scales = detail["quantization_parameters"]["scales"]
        if detail["dtype"] is np.int8 and len(scales) > 1:
            codes = interpreter.get_tensor(detail["index"]).astype(float)
            axis = detail["quantization_parameters"]["quantized_dimension"]
            shape = [-1 if number == axis else 1 for number in range(codes.ndim)]
            kernels.append(codes * scales.reshape(shape))
    assert len(kernels) == count
    for kernel in known:
        same = [one for one in kernels if one.size == kernel.size]
        assert any(
            np.allclose(np.sort(one, axis=None), np.sort(kernel, axis=None), atol=1e-6)
            for one in same
        )


OBS_STEPS = [
    (Prune(0.5, engine=Engine.OBS), Prune(0.5)),
    (Prune(pattern=Pattern(2, 4), engine=Engine.OBS), Prune(pattern=Pattern(2, 4))),
    (Cluster(6, engine=Engine.OBS), Cluster(6)),
]


@pytest.mark.parametrize(("ours", "plain"), OBS_STEPS, ids=[one.name for one, _ in OBS_STEPS])
def test_steps_change_outputs_less_than_plain_ones(ours, plain, small_network, stages):
    graph, samples = small_network
    graph = final_graph(graph)
    # That each step has its effect is asserted by apply_transform.
    changed, other = (apply_transform(Transform((step,)), graph, samples) for step in (ours, plain))
    ours_changed, plain_changed = (change(stages, graph, one, samples) for one in (changed, other))
    assert ours_changed < 0.5 * plain_changed


def test_pruned_weights_stay_zero_when_they_are_rounded(small_network):
    graph, samples = small_network
    pruned = apply_transform(Transform((OBS_STEPS[0][0],)), final_graph(graph), samples)
    prepared = CONVERTERS[Target.TFJS]().prepare(pruned, Data(samples, samples))
    rounded = obs.round_weights(prepared.graph, GPTQ8, samples).weights
    kernels = [w for w in prepared.weights if w.values.ndim > 1 and w.values.dtype == np.float32]
    assert len(kernels) == 3
    for weight in kernels:
        is_zero = weight.values == 0
        assert is_zero.mean() >= 0.49
        assert (rounded[weight.name].values[is_zero] == 0).all()


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        ({"x": np.ones((7, 20), np.float32)}, "7 samples are too few"),
        ({"x": np.ones((64, 20), np.float32)}, "are all the same"),
        ({"x": np.full((64, 20), np.nan, np.float32)}, "is not finite"),
        ({"x": np.geomspace(1, 1e38, 64 * 20, dtype=np.float32).reshape(64, 20)}, "is not finite"),
        (
            {"x": np.random.default_rng(0).random((64, 19), np.float32)},
            r"x of shape \[19\], and the model takes \[20\]",
        ),
    ],
    ids=["few", "constant", "nan", "huge", "shape"],
)
def test_samples_that_do_not_do(samples, message):
    graph, _ = graph_of(dense, (20,))
    with pytest.raises((DataError, ConversionError), match=message):
        obs.round_weights(graph, GPTQ, Samples(samples))


def test_calibration_needs_samples_and_finite_weights():
    graph, samples = graph_of(dense, (20,))
    with pytest.raises(DataError, match="there are no samples to calibrate with"):
        obs.round_weights(graph, GPTQ, None)

    def broken(x):
        return x @ np.full((20, 3), np.inf, np.float32)

    graph, samples = graph_of(broken, (20,))
    with pytest.raises(ConversionError, match="holds NaN or infinity"):
        obs.round_weights(graph, GPTQ, samples)


@pytest.mark.parametrize("is_branched", [False, True])
def test_a_graph_with_lookup_tables_is_run_with_its_tables(is_branched):
    import tensorflow as tf

    class Tables(tf.Module):
        def __init__(self):
            super().__init__()
            values = tf.lookup.KeyValueTensorInitializer(tf.range(4), tf.constant([3, 0, 2, 1]))
            self.table = tf.lookup.StaticHashTable(values, default_value=0)

        def __call__(self, x):
            rows = tf.gather(random_constant(4, 24), self.table.lookup(x))
            rows = tf.reshape(rows, (-1, 72))
            kernel = random_constant(72, 5, seed=1)
            if is_branched:
                return tf.cond(tf.reduce_sum(x) > 0, lambda: rows @ kernel, lambda: rows @ -kernel)
            return rows @ kernel

    tables = Tables()
    graph = freeze(opened(function_of(lambda x: {"y": tables(x)}, x=([None, 3], "int32")), tables))
    assert graph.initializer is not None
    x = np.random.default_rng(0).integers(0, 4, (40, 3)).astype(np.int32)
    problems = []

    def solve(problem):
        problems.append(problem)
        return problem.weights

    calibrated(graph, Samples({"x": x}), solve, lambda _, kernel: kernel)
    table, dense = sorted(problems, key=lambda problem: problem.inputs)[:2]
    counts = np.bincount(np.array([3, 0, 2, 1])[x].reshape(-1))
    np.testing.assert_array_equal(table.moments[:, 0, 0], counts + 1)
    rows = table.weights[:, 0][np.array([3, 0, 2, 1])[x]].reshape(40, 72)
    np.testing.assert_allclose(dense.moments[0], rows.T @ rows, rtol=1e-4, atol=1e-3)


def test_moments_say_how_much_outputs_change():
    """What an op computes from changed weights, against the quadratic form of its moments."""
    stages, rng = RealStages(), np.random.default_rng(1)
    for kind in ("conv", "grouped", "depthwise", "einsum", *WIDENED):
        graph, samples = graph_of(*KINDS[kind], count=12)
        expected = []

        def solve(problem, expected=expected):
            changed = problem.weights + rng.normal(size=problem.weights.shape)
            if isinstance(problem.contraction, Lookup):
                problem = replace(problem, moments=problem.moments - 1)
            expected.append(total_error(problem, changed))
            return changed

        changed, left_out = calibrated(graph, samples, solve, None)
        assert left_out == ()
        np.testing.assert_allclose(change(stages, graph, changed, samples), *expected, rtol=1e-4)
    stages.close()


def test_wide_kernels_are_calibrated_block_by_block(monkeypatch, stages):
    """As if moments of more than 50 x 50 numbers were too many: blocks of 16 of 144 inputs."""
    monkeypatch.setattr(trace, "MOST_MOMENTS", 2500)
    monkeypatch.setattr(trace, "SMALLEST_BLOCK", 8)
    graph, samples = graph_of(lambda x: conv(x, 3, 3, 16, 8), (9, 8, 16))
    problems = []

    def solve(problem):
        problems.append(problem)
        return problem.weights

    calibrated(graph, samples, solve, None)
    (problem,) = problems
    assert problem.moments.shape == (9, 16, 16)
    np.testing.assert_array_equal(problem.kernel(problem.weights).shape, (3, 3, 16, 8))
    chosen = obs.round_weights(graph, GPTQ8, samples)
    plain = obs.round_weights(graph, PLAIN8, None)
    assert chosen.notes == ()
    ours, theirs = (
        change(stages, graph, with_values(graph, one.weights), samples) for one in (chosen, plain)
    )
    assert 0 < ours < 0.9 * theirs


@pytest.mark.parametrize(("ours", "plain"), OBS_STEPS[::2], ids=["prune", "cluster"])
@pytest.mark.parametrize("kind", ["table", "upsampled", "volume"])
def test_steps_on_less_common_kernels_change_outputs_less(kind, ours, plain, stages):
    graph, samples = graph_of(*KINDS[kind])
    changes = [
        change(stages, graph, apply_transform(Transform((step,)), graph, samples), samples)
        for step in (ours, plain)
    ]
    assert 0 < changes[0] < changes[1] * (1.001 if kind == "table" else 0.95)


def test_a_table_has_its_levels_where_it_is_used():
    graph, samples = graph_of(looked_up, (5,))
    gptq, plain = (obs.round_weights(graph, one, samples) for one in (GPTQ8, PLAIN8))
    (name,) = [name for name, weight in gptq.weights.items() if weight.values.shape == (30, 16)]
    problems = {}

    def solve(problem):
        problems[problem.name] = problem
        return problem.weights

    calibrated(graph, samples, solve, None)
    problem = problems[name]
    ours, theirs = (
        total_error(problem, problem.rows(rounded.weights[name].values))
        for rounded in (gptq, plain)
    )
    assert ours <= theirs
    assert len(np.unique(gptq.weights[name].values)) <= 8


def test_inputs_that_are_never_anything_but_zero_do_no_harm(stages):
    graph, samples = graph_of(dense, (20,))
    samples.inputs["x"][:, 3:9] = 0
    chosen = obs.round_weights(graph, GPTQ8, samples).weights
    for one in chosen.values():
        assert np.isfinite(one.values).all()
    plain = obs.round_weights(graph, PLAIN8, None).weights
    assert change(stages, graph, with_values(graph, chosen), samples) < change(
        stages, graph, with_values(graph, plain), samples
    )


def test_other_ops_are_rounded_plainly_and_the_notes_say_so(stages):
    import tensorflow as tf

    def call(x):
        columns = tf.gather(random_constant(20, 16), tf.cast(x[0, :5] > 0, tf.int32), axis=1)
        return (x @ columns) @ random_constant(5, 4, seed=1)

    graph, samples = graph_of(call, (20,))
    chosen = obs.round_weights(graph, GPTQ, samples)
    assert len(chosen.weights) == 2
    (note,) = chosen.notes
    assert "rounded to the nearest level" in note


def test_keyword_spotting_reaches_what_the_docs_say(kws, stages, tmp_path):
    """Half of the samples calibrate, the other half judge; a part of them suffices here."""
    from tests.support.sources import saved_model

    from sizewise.models import open_model

    spec = saved_model(kws / "saved_model", data=kws / "kws01.npz", metric="accuracy")
    graph = freeze(open_model(spec))
    (name,) = [spec.name for spec in graph.signature.inputs]
    x = np.load(kws / "kws01.npz")["x"]
    order = np.random.default_rng(0).permutation(len(x))
    calibrate, judge = (Samples({name: x[part]}) for part in (order[:100], order[500:700]))
    converter = CONVERTERS[Target.TFJS]()
    prepared = converter.prepare(graph, Data(judge, calibrate))
    reference = next(iter(stages.evaluate(graph, judge).values()))

    def noise(encoding):
        chosen = prepared
        if encoding.is_rounded:
            levels = obs.round_weights(prepared.graph, encoding, calibrate)
            assert levels.notes == ()
            chosen = prepared.with_levels(levels.weights)
        artifact = converter.write(chosen, encoding, tmp_path / encoding.name)
        (found,) = stages.execute("node-wasm", artifact, judge).outputs.values()
        return 10 * np.log10(((found - reference) ** 2).sum())

    gptq64 = Encoding("uint8-gptq-l64", rounding=Rounding.GPTQ, levels=64)
    assert noise(GPTQ) < noise(Encoding("uint8")) - 3
    assert noise(gptq64) < noise(Encoding("uint8-l64", levels=64)) - 6
