"""Every zoo model: trained here, as good as its page says, and right on both targets."""

from __future__ import annotations

import logging
from contextlib import closing

import numpy as np
import pytest
from tests.support.sources import spec_of

from sizewise.domain import DEFAULT_OPTIONS, Data, Encoding, Samples, SourceKind, Target
from sizewise.drift import compare
from sizewise.models import check_model
from sizewise.models.data import take
from sizewise.run.rooms import RealStages

PARTS = {
    "digits-cnn": ("accuracy", 0.97, 1078, 719, 180),
    "diabetes-mlp": ("mae", 50.0, 265, 177, 44),
    "digits-dscnn": ("accuracy", 0.98, 1078, 719, 180),
    "digits-resnet": ("accuracy", 0.98, 1078, 719, 180),
    "digits-transformer": ("accuracy", 0.96, 1078, 719, 180),
    "digits-autoencoder": ("auc", 0.98, 972, 825, 162),
    "sequence-gru": ("accuracy", 0.97, 1078, 719, 180),
    "signal-cnn1d": ("accuracy", 0.92, 1200, 800, 200),
    "wine-tabular": ("accuracy", 0.97, 106, 72, 18),
}
"""Metric, its bound, and samples to train on, to judge on and to calibrate with."""

OF_ITS_KIND = {
    "digits-cnn": {"Conv2D", "DepthwiseConv2D", "BatchNormalization"},
    "digits-dscnn": {"DepthwiseConv2D", "BatchNormalization"},
    "digits-resnet": {"Conv2D", "Add", "BatchNormalization"},
    "digits-transformer": {"MultiHeadAttention", "LayerNormalization"},
    "sequence-gru": {"GRU"},
    "signal-cnn1d": {"Conv1D", "BatchNormalization"},
    "wine-tabular": {"Normalization"},
}
TINY = ("digits-cnn", "diabetes-mlp")


@pytest.fixture(scope="module")
def stages():
    with closing(RealStages()) as stages:
        yield stages


def spec(name):
    return spec_of(SourceKind.ZOO, name, data=f"zoo:{name}", metric=PARTS[name][0])


@pytest.mark.parametrize("name", PARTS)
def test_a_zoo_model_is_good_and_converts(name, stages, caplog, tmp_path):
    metric, bound, *sizes = PARTS[name]
    check_model(spec(name))
    with caplog.at_level(logging.INFO, "sizewise"):
        model = stages.open(spec(name))
    assert not caplog.records, "it was trained by the check"
    assert type(model.owner).__module__.startswith("tf_keras")
    assert {type(layer).__name__ for layer in model.owner.layers} >= OF_ITS_KIND.get(name, set())
    assert name in TINY or 10_000 <= model.owner.count_params() <= 200_000

    data = stages.data(spec(name), model)
    assert [len(part) for part in (data.train, data.judge, data.calibrate)] == sizes
    assert not data.shared
    assert data.notes == (), "no sample is in two parts"
    outputs = stages.reference(model, data.judge)
    value = compare(outputs, outputs, data.judge.labels, metric).metric_reference
    assert value <= bound if metric == "mae" else value >= bound

    graph = stages.freeze(model, DEFAULT_OPTIONS)
    some = np.arange(40)
    probe = take(Samples(data.judge.inputs), some)
    for target in (Target.TFJS, Target.TFLITE):
        prepared = stages.prepare(target, graph, Data(probe, data.calibrate), DEFAULT_OPTIONS)
        artifact = prepared.write(Encoding("float32"), tmp_path / target)
        execution = stages.execute(stages.runtimes(target)[0], artifact, probe)
        for output, values in execution.outputs.items():
            expected = outputs[output][some]
            assert values == pytest.approx(expected, abs=1e-5 * max(1, np.abs(expected).max()))


def test_calibration_samples_are_drawn_from_those_to_train_on():
    from sizewise.models.zoo import ZOO

    assert set(ZOO) == set(PARTS)
    for model in ZOO.values():
        data = model.data()
        train, calibrate = (
            {row.tobytes() for row in part} for part in (data.train_x, data.calibrate_x)
        )
        assert train >= calibrate, model.name
        assert data.train_x.dtype == data.test_x.dtype == data.calibrate_x.dtype == np.float32


def test_the_untouched_error_of_the_diabetes_model_means_something(stages):
    model = stages.open(spec("diabetes-mlp"))
    data = stages.data(spec("diabetes-mlp"), model)
    outputs = stages.reference(model, data.judge)["progression"][:, 0]
    error = np.abs(outputs - data.judge.labels).mean()
    error_of_the_mean = np.abs(data.judge.labels - data.judge.labels.mean()).mean()
    assert error < 0.8 * error_of_the_mean


def test_the_anomalies_of_the_autoencoder_are_never_trained_on():
    from sizewise.models.zoo.digits_autoencoder import data

    parts = data()
    assert not parts.train_y.any()
    assert parts.test_y.sum() == 177
