"""Models with ops that TensorFlow.js lacks, and JavaScript modules that bring them."""

from __future__ import annotations

import numpy as np
import pytest

import sizewise
from sizewise.errors import SetupError, UnsupportedOpError
from support.made import normal

MODULE = """\
// The derivative of the logarithm of the gamma function, for positive numbers: an asymptotic
// series (Abramowitz and Stegun, 6.3.18) from 6 on, the recurrence 6.3.5 below.
function digamma(x) {
  let sum = 0;
  for (; x < 6; x += 1) sum -= 1 / x;
  const square = 1 / (x * x);
  return sum + Math.log(x) - 0.5 / x
    - square * (1 / 12 - square * (1 / 120 - square * (1 / 252 - square / 240)));
}

export default function register(tf, converter) {
  converter.registerOp('Digamma', ({ inputs: [x] }) =>
    tf.tensor(x.dataSync().map(digamma), x.shape, x.dtype));
}
"""
PROMISING = """\
export default (tf, converter) => converter.registerOp('Digamma', async ({ inputs: [x] }) => {
  await x.data();
  return tf.zerosLike(x);
});
"""


MODEL = """\
import numpy as np
import tensorflow as tf

KERNEL = np.linspace(-1, 1, 12, dtype=np.float32).reshape(4, 3)


class Digamma(tf.Module):
    def __init__(self):
        super().__init__()
        self.kernel = tf.Variable(KERNEL)

    @tf.function(input_signature=[tf.TensorSpec((None, 4), tf.float32, "x")])
    def __call__(self, x):
        return {"y": tf.math.digamma(tf.abs(x @ self.kernel) + 0.5)}


def make():
    return Digamma()
"""


SUITE = """\
suite: custom
models:
  bare: {source: "digamma:make", data: samples.npz, metric: mae}
  taught:
    source: "digamma:make"
    data: samples.npz
    metric: mae
    custom-ops: [Digamma]
    custom-ops-module: digamma.mjs
encodings: {tfjs: [float32, float16]}
"""


@pytest.fixture
def module(tmp_path):
    path = tmp_path / "digamma.mjs"
    path.write_text(MODULE)
    return path


@pytest.fixture(scope="module")
def model():
    names = {}
    exec(MODEL, names)
    return names["make"]()


class TestConvert:
    def test_without_the_module_the_op_is_named(self, model, tmp_path):
        with pytest.raises(UnsupportedOpError, match="Digamma"):
            sizewise.convert(model, tmp_path / "web")
        assert list(tmp_path.iterdir()) == []

    def test_an_op_that_nobody_brings_is_named_too(self, model, tmp_path):
        with pytest.raises(UnsupportedOpError, match=r"Digamma.*nodes: .*Digamma"):
            sizewise.convert(model, tmp_path / "web", custom_ops=["Digamma"])
        assert list(tmp_path.iterdir()) == []

    def test_with_the_module_it_runs(self, model, tmp_path, module):
        artifact = sizewise.convert(
            model, tmp_path / "web", custom_ops=["Digamma"], custom_ops_module=module
        )
        assert artifact.entry.is_file()
        assert artifact.custom_ops_module == module

    def test_what_one_model_brings_no_other_has(self, model, tmp_path, module):
        options = {"custom_ops": ["Digamma"]}
        sizewise.convert(model, tmp_path / "one", custom_ops_module=module, **options)
        with pytest.raises(UnsupportedOpError):
            sizewise.convert(model, tmp_path / "other", **options)

    def test_an_op_that_answers_later_is_waited_for(self, model, tmp_path):
        path = tmp_path / "later.mjs"
        path.write_text(PROMISING)
        with pytest.raises(sizewise.SizewiseError, match="does not compute what the model does"):
            sizewise.convert(
                model, tmp_path / "web", custom_ops=["Digamma"], custom_ops_module=path
            )

    @pytest.mark.parametrize(
        ("text", "word"), [("export const x = 1;", "no function"), ("import 'nowhere';", "nowhere")]
    )
    def test_a_module_that_cannot_be_used_is_named(self, model, tmp_path, text, word):
        path = tmp_path / "bad.mjs"
        path.write_text(text)
        with pytest.raises(SetupError, match=word) as info:
            sizewise.convert(
                model, tmp_path / "web", custom_ops=["Digamma"], custom_ops_module=path
            )
        assert info.value.where == str(path)


def test_drift_is_measured_in_a_suite(tmp_path, module):
    (tmp_path / "suite.yaml").write_text(SUITE)
    (tmp_path / "digamma.py").write_text(MODEL)
    np.savez(tmp_path / "samples.npz", x=normal(40, 4), y=np.zeros((40, 3), np.float32))
    run = sizewise.run(tmp_path / "suite.yaml", output=tmp_path / "runs")
    rows = {row.job_id: row for row in run.records}
    for encoding in ("float32", "float16"):
        assert rows[f"bare/{encoding}@tfjs"].status == "unsupported"
        assert "Digamma" in rows[f"bare/{encoding}@tfjs"].reason
        assert rows[f"taught/{encoding}@tfjs"].status == "ok"
    assert rows["taught/float32@tfjs"].max_abs_error < 1e-5
    assert rows["taught/float16@tfjs"].sqnr_db > 40
