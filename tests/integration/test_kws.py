"""The keyword-spotting model on its official inputs gives the published figures."""

import pytest

from sizewise.records import load_run
from support.terminal import sizewise


@pytest.fixture(scope="module")
def rows(root, kws, tmp_path_factory):
    output = tmp_path_factory.mktemp("runs")
    suite = root / "configs" / "kws.yaml"
    ended = sizewise("run", suite, "-D", f"SIZEWISE_KWS={kws}", "--output", output)
    assert ended.returncode == 0, ended.stderr
    return {row.job_id: row for row in load_run(output / "kws").records}


@pytest.mark.parametrize("target", ["tfjs", "tflite"])
def test_float32_is_as_accurate_as_the_model(rows, target):
    row = rows[f"kws/float32@{target}"]
    assert row.metric_value == row.metric_reference == pytest.approx(0.913)
    assert row.samples == 1000


def test_uint8_agrees_and_its_gain_is_noise(rows):
    row = rows["kws/uint8@tfjs"]
    assert row.agreement >= 0.99
    assert row.metric_value == pytest.approx(0.915)
    assert row.metric_drop_low < 0 < row.metric_drop_high


def test_every_encoding_ran(rows):
    assert len(rows) == 8
    assert {row.status for row in rows.values()} == {"ok"}
