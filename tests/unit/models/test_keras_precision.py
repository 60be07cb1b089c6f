from types import SimpleNamespace

from sizewise.models.keras_precision import POLICY, _renamed, in_float32


def test_a_policy_is_renamed_wherever_a_config_names_it():
    config = {
        "layers": [
            {"name": "mixed_float16_head", "dtype": {"config": {"name": POLICY}}},
            {"dtype": POLICY, "shape": (None, 3), "units": 4},
        ]
    }
    assert _renamed(config) == {
        "layers": [
            {"name": "mixed_float16_head", "dtype": {"config": {"name": "float32"}}},
            {"dtype": "float32", "shape": (None, 3), "units": 4},
        ]
    }


def layer(policy):
    return SimpleNamespace(dtype_policy=SimpleNamespace(name=policy))


def model_of(*layers, **members):
    return SimpleNamespace(_flatten_layers=lambda: layers, inputs=["x"], **members)


def test_a_model_of_another_policy_stays_as_it_is():
    model = model_of(layer("float32"), SimpleNamespace())
    assert in_float32(model) == (model, ())


def test_a_model_that_has_no_twin_stays_as_it_is(caplog):
    model = model_of(layer(POLICY))
    with caplog.at_level("INFO", "sizewise"):
        assert in_float32(model) == (model, ())
    assert "the policy mixed_float16 stays" in caplog.text
