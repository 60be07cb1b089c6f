"""The tuner on a model of the zoo, to its end; and maps whose parts are rounded."""

import json
import os
import shutil

import numpy as np
import pytest

from sizewise.api_tuning import tune_and_report
from sizewise.compress import round_alone, round_weights
from sizewise.config import load_suite
from sizewise.config.single import single_model
from sizewise.convert.substitution import substituting
from sizewise.domain import Data, Encoding, Limit, Rounding, Samples, Target, Transform
from sizewise.domain.tuning import Auto
from sizewise.errors import ConversionError
from sizewise.models import open_object
from sizewise.models.tfjs.files import read_model
from sizewise.models.tfjs.weights import read_weights
from sizewise.run.rooms import RealStages
from sizewise.run.subject import Subject
from sizewise.run.tuning import Task
from sizewise.run.tuning.job import write_tuned
from sizewise.tune import ALL, Phase, load_outcome

os.environ.setdefault("TFDF_DISABLE_WELCOME_MESSAGE", "1")

DENSE = "digits_cnn/digit/MatMul/ReadVariableOp"
POINTWISE = "digits_cnn/pointwise/Conv2D_weights"
BIAS = "digits_cnn/digit/BiasAdd/ReadVariableOp"


def gptq(levels):
    return Encoding(f"uint8-gptq-l{levels}", None, Rounding.GPTQ, levels)


def sparse(percent, levels):
    name = f"uint8-gptq-s{percent}-l{levels}"
    return Encoding(name, None, Rounding.GPTQ, levels, percent / 100)


@pytest.fixture(scope="module")
def single(shared_cache):
    return single_model("zoo:digits-cnn", data="zoo:digits-cnn", metric="accuracy")


@pytest.fixture(scope="module")
def ready(single):
    """The model as a run prepares it for TensorFlow.js, and its data."""
    stages = RealStages()
    model = stages.open(single.spec)
    data = stages.data(single.spec, model)
    return stages.prepare(Target.TFJS, stages.freeze(model), data), data


def written(ready, encoding, folder):
    return ready.write(encoding, folder), read_weights(read_model(folder)).values


@pytest.fixture(scope="module")
def task(single):
    return Task(single.spec, Auto(Limit(0.01), 0.98, trials=3))


@pytest.fixture(scope="module")
def out(tuned_digits, tmp_path_factory):
    """A copy of what the command left, in which it can be given again."""
    folder = tmp_path_factory.mktemp("tuning") / "digits"
    shutil.copytree(tuned_digits.out, folder)
    return folder


@pytest.fixture(scope="module")
def finished(single, task, out):
    return tune_and_report(single, task, out, pytest.fail)


class TestTuner:
    def test_it_is_smaller_than_any_upstream_encoding_of_the_same_budget(self, finished):
        tuned = finished.tuned

        assert tuned.is_finished
        assert tuned.trials[0].encodings == {ALL: "float32"}
        assert tuned.best.phase is Phase.VERIFY
        assert tuned.best.weight_brotli < tuned.upstream.weight_brotli
        assert tuned.best.figures.drop_high <= 0.01
        assert tuned.best.figures.agreement_low >= 0.98
        assert tuned.best.runtime == "node-wasm"
        assert tuned.split == {"calibrate": 180, "search": 512, "test": 719}

    def test_its_suite_makes_the_same_bytes(self, finished, ready, tmp_path):
        suite = load_suite(finished.suite)
        (encoding,) = suite.encodings[Target.TFJS]

        again = ready[0].write(encoding, tmp_path / "again")

        assert encoding == finished.encoding
        assert again.files == finished.artifact.files
        assert again.sha256 == finished.artifact.sha256

    def test_the_same_command_goes_on_from_what_is_there(self, tuned_digits, out, finished):
        before = (tuned_digits.out / "trials.jsonl").read_text()

        assert (out / "trials.jsonl").read_text() == before
        shipped = tuned_digits.out / "artifact"
        for file in finished.artifact.files:
            assert (out / "artifact" / file.path).read_bytes() == (shipped / file.path).read_bytes()

    def test_what_came_of_it_is_kept_for_reports(self, out, finished):
        kept = load_outcome(out)

        assert kept == finished.view.outcome
        assert kept.tuned == finished.tuned
        best = f"trial {kept.tuned.best.number}"
        assert f"Best: {best}" in (out / "report.md").read_text()
        assert f"Ship {best}" in (out / "report.html").read_text()

    def test_figures_have_whole_intervals(self, finished):
        found = finished.tuned.best.figures

        assert found.drop_low <= found.drop <= found.drop_high
        assert found.agreement_low <= found.agreement <= found.agreement_high

    def test_every_weight_of_the_mix_has_its_bytes(self, finished):
        weights = finished.view.weights

        assert all(weight.chosen is not None for weight in weights)
        assert sum(weight.elements for weight in weights) == 8826

    def test_every_trial_is_on_disk(self, out, finished):
        rows = [json.loads(line) for line in (out / "trials.jsonl").read_text().splitlines()]

        assert [row["number"] for row in rows] == list(range(len(finished.tuned.trials)))
        assert json.loads((out / "task.json").read_text())["seed"] == 0


def test_a_job_that_is_left_to_the_tuner(single, tmp_path):
    stages = RealStages()
    spec = single.spec
    model = stages.open(spec)
    data, graph = stages.data(spec, model), stages.freeze(model)
    subject = Subject(spec, model, graph, data, {}, {})
    encoding = Encoding("auto", auto=Auto(sqnr_db=30.0, time_limit_seconds=0.0))

    artifact = write_tuned(
        encoding,
        tmp_path / "auto@tfjs",
        subject,
        stages.prepare(Target.TFJS, graph, data),
        stages,
    )

    stages.close()
    assert artifact.encoding == "auto"
    assert artifact.folder == tmp_path / "auto@tfjs"
    assert artifact.notes == (
        "tuned in 4 trials: uint8",
        "the time limit ended the search of the tuner",
    )
    trials = (tmp_path / "auto@tfjs.tuning" / "trials.jsonl").read_text().splitlines()
    assert len(trials) == 4


class TestMap:
    def test_a_map_of_one_part_is_that_encoding(self, ready):
        prepared, data = ready
        graph = prepared.prepared.graph

        plain = round_weights(graph, gptq(16), data.calibrate)
        mapped = round_weights(graph, Encoding("m", {"uint8-gptq-l16": ("*",)}), data.calibrate)

        assert mapped.weights.keys() == plain.weights.keys()
        for name, weight in plain.weights.items():
            np.testing.assert_array_equal(mapped.weights[name].levels, weight.levels)

    def test_each_weight_is_stored_as_its_part_says(self, ready, tmp_path):
        encoding = Encoding(
            "m",
            {
                "uint8-gptq-l16": (POINTWISE,),
                "uint8-l8": (DENSE,),
                "float16": ("*/stem/Conv2D_weights",),
                "float32": ("*bn_offset", "*/depthwise/*weights"),
            },
        )
        prepared, _ = ready

        _, values = written(prepared, encoding, tmp_path / "m")

        exact = {each.name: each.values for each in prepared.prepared.weights}
        assert len(np.unique(values[POINTWISE])) == 16
        assert len(np.unique(values[DENSE])) <= 8
        for name, weight in exact.items():
            if "offset" in name or name == BIAS or "depthwise" in name:
                np.testing.assert_array_equal(values[name], weight)
            elif "stem" in name:
                np.testing.assert_array_equal(values[name], weight.astype(np.float16))

    def test_parts_with_zeros_decode_to_what_was_computed(self, ready, tmp_path):
        encoding = Encoding(
            "m",
            {
                "uint8-gptq-s70-l9": (DENSE, "*/depthwise/*weights"),
                "uint8-gptq-s50": (POINTWISE,),
                "uint8-gptq": (BIAS,),
            },
        )
        prepared, data = ready

        rounded = round_weights(prepared.prepared.graph, encoding, data.calibrate)
        artifact, values = written(prepared, encoding, tmp_path / "m")

        for name, weight in rounded.weights.items():
            np.testing.assert_array_equal(values[name], weight.values)
        assert np.mean(values[DENSE] == 0) >= 0.7
        assert len(np.unique(values[DENSE])) <= 9
        assert 0.5 <= np.mean(values[POINTWISE] == 0) < 0.6
        assert (values["digits_cnn/depthwise/depthwise_weights"] != 0).mean() > 0.9
        assert RealStages().flags(artifact, Transform(), encoding) == ()

    def test_one_encoding_with_zeros_is_a_map_of_one_part(self, ready, tmp_path):
        prepared, data = ready
        graph = prepared.prepared.graph

        plain = round_weights(graph, sparse(50, 16), data.calibrate)
        mapped = round_weights(graph, Encoding("m", {"uint8-gptq-s50-l16": ("*",)}), data.calibrate)

        for name, weight in plain.weights.items():
            np.testing.assert_array_equal(mapped.weights[name].levels, weight.levels)
        assert np.mean(plain.weights[DENSE].values == 0) >= 0.5

    def test_a_bias_is_calibrated_where_its_part_is(self, ready, tmp_path):
        prepared, data = ready
        graph = prepared.prepared.graph

        alone = Encoding("m", {"uint8-gptq-l4": (DENSE,)})
        both = Encoding("m", {"uint8-gptq-l4": (DENSE,), "uint8-gptq": (BIAS,)})

        assert round_weights(graph, alone, data.calibrate).weights.keys() == {DENSE}
        assert round_weights(graph, both, data.calibrate).weights.keys() == {DENSE, BIAS}

    def test_a_pattern_that_matches_nothing_is_refused(self, ready, tmp_path):
        with pytest.raises(ConversionError, match="'nothing' of encoding 'm' matches no weight"):
            ready[0].write(Encoding("m", {"uint8-gptq-l4": ("nothing",)}), tmp_path / "m")


def test_kernels_alone_leave_out_what_would_be_the_same(ready):
    prepared, data = ready
    nearest = Encoding("uint8-l4", None, Rounding.NEAREST, 4)
    found = round_alone(prepared.prepared.graph, [gptq(16), gptq(4), nearest], data.calibrate)

    assert {name: set(options) for name, options in found.items()} == {
        DENSE: {"uint8-gptq-l16", "uint8-gptq-l4"},
        POINTWISE: {"uint8-gptq-l16", "uint8-gptq-l4"},
        "digits_cnn/stem/Conv2D_weights": set(),
        "digits_cnn/depthwise/depthwise_weights": set(),
    }
    exact = {each.name: each.values for each in prepared.prepared.weights}
    errors = [
        np.square(found[DENSE][f"uint8-gptq-l{n}"].weight.values - exact[DENSE]).sum()
        for n in (16, 4)
    ]
    assert 0 < errors[0] < errors[1]


def test_kernels_alone_with_zeros(ready):
    prepared, data = ready
    found = round_alone(prepared.prepared.graph, [sparse(50, 9), sparse(90, 9)], data.calibrate)

    half, most = (found[DENSE][f"uint8-gptq-s{percent}-l9"] for percent in (50, 90))
    assert np.mean(half.weight.values == 0) >= 0.5
    assert np.mean(most.weight.values == 0) >= 0.9
    assert 0 < half.change < most.change < 1
    assert not found["digits_cnn/depthwise/depthwise_weights"]


class TestSubstitution:
    def test_it_computes_what_an_artifact_with_these_weights_does(self, ready, tmp_path):
        prepared, data = ready
        artifact, values = written(prepared, gptq(8), tmp_path / "m")
        stages = RealStages()
        samples = Samples({name: each[:40] for name, each in data.judge.inputs.items()})

        with substituting(prepared.prepared.graph, samples) as substitution:
            changed = substitution.outputs(
                {name: array for name, array in values.items() if array.dtype == np.float32}
            )
            exact = substitution.outputs({})

        run = stages.execute("node-wasm", artifact, samples).outputs
        stages.close()
        np.testing.assert_allclose(changed["digit"], run["digit"], atol=1e-5)
        assert np.abs(exact["digit"] - run["digit"]).max() > 1e-3

    def test_weights_within_a_loop(self, tmp_path):
        import tf_keras

        layers = tf_keras.layers
        network = tf_keras.Sequential(
            [layers.Input((5, 3), name="steps"), layers.GRU(4, name="gru")]
        )
        stages = RealStages()
        model = open_object(network)
        rng = np.random.default_rng(0)
        inputs = {model.signature.inputs[0].name: rng.normal(size=(6, 5, 3)).astype(np.float32)}
        samples = Samples(inputs)
        prepared = stages.prepare(Target.TFJS, stages.freeze(model), Data(samples, samples))
        weights = {
            each.name: np.zeros_like(each.values)
            for each in prepared.prepared.weights
            if each.can_be_quantized and each.values.ndim > 1
        }
        with substituting(prepared.prepared.graph, samples) as substitution:
            exact, zeroed = substitution.outputs({}), substitution.outputs(weights)

        (name,) = exact
        expected = stages.reference(model, samples)
        np.testing.assert_allclose(exact[name], expected[name], atol=1e-5)
        assert np.abs(zeroed[name]).max() < np.abs(exact[name]).max()
