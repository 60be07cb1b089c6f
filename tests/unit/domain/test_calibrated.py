from __future__ import annotations

import pytest

from sizewise.domain import (
    METRICS,
    SHARE_METRICS,
    Cluster,
    DataKind,
    DataSource,
    Encoding,
    Engine,
    Finetune,
    Prune,
    Qat,
    Rounding,
    Transform,
)


@pytest.mark.parametrize(
    ("encoding", "is_calibrated"),
    [
        (Encoding("float32"), False),
        (Encoding("dynamic_int8"), False),
        (Encoding("int8"), True),
        (Encoding("aeq_int8"), True),
        (Encoding("int8-gptq", None, Rounding.GPTQ), True),
        (Encoding("uint8-gptq-l64", None, Rounding.GPTQ, 64), True),
        (Encoding("uint8-l64", None, Rounding.NEAREST, 64), False),
    ],
)
def test_an_encoding_that_runs_the_model_on_samples(encoding, is_calibrated):
    assert encoding.is_calibrated is is_calibrated


@pytest.mark.parametrize(
    ("encoding", "needs_samples"),
    [
        (Encoding("float32"), False),
        (Encoding("int8"), True),
        (Encoding("int8-gptq", None, Rounding.GPTQ), True),
        (Encoding("uint8-gptq-l64", None, Rounding.GPTQ, 64), False),
        (Encoding("mixed", {"uint8-gptq": ("*",)}), False),
    ],
)
def test_an_encoding_that_nothing_but_samples_will_do_for(encoding, needs_samples):
    assert encoding.needs_samples is needs_samples


@pytest.mark.parametrize(
    ("steps", "is_calibrated"),
    [
        ((), False),
        ((Prune(0.5), Cluster(16)), False),
        ((Prune(0.5, engine=Engine.OBS),), True),
        ((Prune(0.5), Cluster(16, engine=Engine.OBS)), True),
        ((Prune(0.5, finetune=Finetune(3), engine=Engine.MASK), Qat(Finetune(3))), False),
    ],
)
def test_a_transform_that_runs_the_model_on_samples(steps, is_calibrated):
    assert Transform(steps).is_calibrated is is_calibrated


def test_shares_are_metrics():
    assert set(METRICS) > SHARE_METRICS


@pytest.mark.parametrize(
    ("location", "kind"),
    [
        ("own:make", DataKind.CODE),
        ("own.data:Samples.read", DataKind.CODE),
        ("/data/a:b", DataKind.IMAGES),
        ("", DataKind.NOISE),
    ],
)
def test_code_that_gives_samples_is_known_by_its_spelling(location, kind):
    assert DataSource(location).kind is kind
