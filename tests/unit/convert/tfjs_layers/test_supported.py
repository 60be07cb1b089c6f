"""What the layers of TensorFlow.js lack, found in configs of Keras 2."""

from __future__ import annotations

import pytest

from sizewise.convert.tfjs_layers.supported import layers_of, readable, refuse_unsupported
from sizewise.errors import UnsupportedOpError


def item(kind, name, **config):
    return {"class_name": kind, "config": {"name": name, **config}}


def model(*layers):
    return item("Sequential", "net", layers=list(layers))


def test_layers_inside_layers_are_found():
    lstm = item("LSTM", "lstm")
    config = model(
        item("Functional", "inner", layers=[item("Dense", "d")]),
        item("Bidirectional", "b", layer=lstm, backward_layer=item("GRU", "back")),
        item("RNN", "r", cell=item("StackedRNNCells", "s", cells=[item("LSTMCell", "c")])),
    )
    assert [name for _, name, _ in layers_of(config)] == [
        *("net", "inner", "d", "b", "lstm", "back", "r", "s", "c"),
    ]


def test_what_is_there_passes():
    dense = item("Dense", "d", activation="hard_sigmoid")
    refuse_unsupported(model(dense, item("GRU", "g", reset_after=False)), ())


@pytest.mark.parametrize(
    ("layer", "what"),
    [
        (item("Mine", "m"), "Mine"),
        (item("Dense", "m", activation="exponential"), "activation exponential"),
        (item("LSTM", "m", recurrent_activation="hard_silu"), "activation hard_silu"),
        (item("GRU", "m", reset_after=True), "GRU with reset_after=True"),
    ],
)
def test_what_is_missing_is_named_with_the_layer(layer, what):
    with pytest.raises(UnsupportedOpError) as info:
        refuse_unsupported(model(item("Dense", "d"), layer), ())
    assert info.value.ops == {what: ("m",)}
    assert f"{what} (m)" in info.value.message


def test_what_a_runtime_is_taught_passes():
    refuse_unsupported(model(item("Mine", "m")), {"Mine"})
    with pytest.raises(UnsupportedOpError, match="Other"):
        refuse_unsupported(model(item("Mine", "m"), item("Other", "o")), {"Mine"})


def test_arguments_that_a_separable_convolution_does_not_take_go():
    config = model(item("SeparableConv2D", "s", kernel_initializer={}, depth_multiplier=1))
    made = readable({"model_config": config})
    ((_, _, kept),) = [each for each in layers_of(made["model_config"]) if each[1] == "s"]
    assert kept == {"name": "s", "depth_multiplier": 1}
