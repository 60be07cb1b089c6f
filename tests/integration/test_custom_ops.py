"""Models with ops and layers that TensorFlow.js lacks, and JavaScript modules that bring them."""

from __future__ import annotations

import re

import numpy as np
import pytest

import sizewise
from sizewise.errors import SetupError, UnsupportedOpError
from support.made import normal
from support.terminal import sizewise as shell

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


LAYERS_SUITE = """\
suite: layers
models:
  bare: {source: "scaled:make", data: samples.npz, metric: mae}
  taught:
    source: "scaled:make"
    data: samples.npz
    metric: mae
    custom-ops: [Scale]
    custom-ops-module: scale.mjs
encodings: {tfjs-layers: [float32, uint16]}
"""
NETWORK = """
import numpy as np


def make():
    keras.utils.set_random_seed(7)
    x = keras.Input((4,), name="x")
    hidden = keras.layers.Dense(3)(x)
    scaled = Scale(3, name="scale")(hidden)
    scaled = Scale(1, name="other")(scaled)
    model = keras.Model(x, keras.layers.Dense(2, name="y")(scaled))
    model.get_layer("scale").set_weights([np.array([0.5, 2.0, -1.5])])
    return model
"""
KERAS_2 = "import tf_keras as keras\nimport tensorflow as tf\n"


@pytest.fixture(scope="module")
def page(root):
    """The example of the documentation: a layer in Python and in JavaScript."""
    text = (root / "docs" / "custom-ops.md").read_text()
    found = re.findall(r"^```(\w+)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    code = {language: body for language, body in found if "class Scale" in body}
    return code["python"] + NETWORK, code["js"]


@pytest.fixture
def project(tmp_path, page):
    """A folder with both, and samples."""
    python, javascript = page
    (tmp_path / "scaled.py").write_text(python)
    (tmp_path / "scale.mjs").write_text(javascript)
    np.savez(tmp_path / "samples.npz", x=normal(40, 4), y=np.zeros((40, 2), np.float32))
    return tmp_path


@pytest.fixture(scope="module", params=["keras 2", "keras 3"])
def scaled(request, page):
    python, _ = page
    if request.param == "keras 2":
        python = KERAS_2 + python.replace("import keras\n", "").replace("keras.ops", "tf")
    names = {"__name__": "scaled"}
    exec(python, names)
    return names["make"]()


class TestLayers:
    """``sizewise.convert`` compares the artifact's outputs with the model's."""

    def test_a_layer_that_a_module_brings_is_converted_and_run(self, scaled, project):
        artifact = sizewise.convert(
            scaled,
            project / "web",
            target="tfjs-layers",
            custom_ops=["Scale"],
            custom_ops_module=project / "scale.mjs",
        )
        assert '"class_name": "Scale"' in artifact.entry.read_text()
        assert '"scale/gamma"' in artifact.entry.read_text()

    @pytest.mark.parametrize("named", [(), ("Scale",)])
    def test_without_the_module_the_layer_is_named(self, scaled, project, named):
        with pytest.raises(UnsupportedOpError, match="Scale") as info:
            sizewise.convert(scaled, project / "web", target="tfjs-layers", custom_ops=named)
        assert list(info.value.ops) == ["Scale"]
        assert not (project / "web").exists()

    def test_drift_is_measured_in_a_suite(self, project):
        (project / "suite.yaml").write_text(LAYERS_SUITE)
        run = sizewise.run(project / "suite.yaml", output=project / "runs")
        rows = {row.job_id: row for row in run.records}
        for encoding in ("float32", "uint16"):
            assert rows[f"bare/{encoding}@tfjs-layers"].status == "unsupported"
            assert "Scale" in rows[f"bare/{encoding}@tfjs-layers"].reason
            assert rows[f"taught/{encoding}@tfjs-layers"].status == "ok"
        assert rows["taught/float32@tfjs-layers"].sqnr_db > 100
        assert rows["taught/uint16@tfjs-layers"].sqnr_db > 40

    def test_the_shell_takes_names_of_layers(self, project):
        command = ("convert", "scaled:make", "web", "--target", "tfjs-layers")
        taught = ("--custom-op", "Scale", "--custom-ops-module", "scale.mjs")
        done = shell(*command, *taught, cwd=project)
        assert done.returncode == 0, done.stderr
        assert (project / "web" / "model.json").is_file()
