"""Layer norm of tf_keras: a batch norm in training mode, or what the optimiser fuses into an op of
oneDNN's.
"""

from __future__ import annotations

import numpy as np
import pytest

from sizewise.convert import CONVERTERS, freeze
from sizewise.domain import Data, Encoding, Samples, Target
from sizewise.models import open_object
from sizewise.runtimes import RUNTIMES
from support import upstream
from support.made import normal


def network(epsilon):
    import tf_keras

    rows = tf_keras.layers.Input((8,), name="rows")
    norm = tf_keras.layers.LayerNormalization(epsilon=epsilon, name="norm")
    model = tf_keras.Model(rows, tf_keras.layers.Dense(3, name="last")(norm(rows)))
    norm.set_weights([normal(8, seed=1), normal(8, seed=2)])
    return model


@pytest.mark.parametrize("runtime", ["node-wasm", "node-cpu"])
@pytest.mark.parametrize("epsilon", [1e-2, 1e-6])
def test_a_layer_norm_of_tf_keras_runs(runtime, epsilon, tmp_path):
    model = network(epsilon)
    inputs = {"rows": normal(4, 8) + 3}

    converter = CONVERTERS[Target.TFJS]()
    nothing = Samples({})
    prepared = converter.prepare(freeze(open_object(model)), Data(nothing, nothing))
    artifact = converter.write(prepared, Encoding("float32"), tmp_path / "web")
    engine = RUNTIMES[runtime]()
    outputs = engine.call(artifact, inputs)
    engine.close()
    np.testing.assert_allclose(outputs["last"], model(inputs["rows"]), atol=1e-5)


def test_upstream_refuses_what_tensorflow_fuses(tmp_path):
    network(1e-6).export(str(tmp_path / "source"))
    try:
        upstream.convert(tmp_path / "source", tmp_path / "theirs")
    except ValueError as error:
        assert "_MklLayerNorm" in str(error)  # noqa: PT017 - not every processor has it
    else:
        pytest.skip("TensorFlow fuses no layer norm on this processor")
