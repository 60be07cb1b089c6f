import numpy as np
import pytest

from sizewise.convert.tfjs.weights import Weight, quantization_map, storage_types
from sizewise.domain import Encoding
from sizewise.errors import ConversionError

NAMES = ("conv/kernel", "conv/bias", "dense/kernel")


def mixed(**patterns):
    return Encoding("mixed", {storage: tuple(some) for storage, some in patterns.items()})


def weights(*names, **others):
    plain = {name: np.ones(3, np.float32) for name in names}
    return tuple(Weight(name, values) for name, values in (plain | others).items())


@pytest.mark.parametrize("storage", ["float32", "float16", "uint16", "uint8"])
def test_a_plain_encoding_holds_for_all(storage):
    assert storage_types(NAMES, Encoding(storage)) == dict.fromkeys(NAMES, storage)


def test_patterns_take_what_they_match_and_leave_the_rest():
    types = storage_types(NAMES, mixed(uint8=["*kernel"]))
    assert types == {"conv/kernel": "uint8", "conv/bias": "float32", "dense/kernel": "uint8"}


def test_a_lone_star_takes_what_others_leave():
    types = storage_types(NAMES, mixed(float16=["*"], uint8=["conv/*"]))
    assert types == {"conv/kernel": "uint8", "conv/bias": "uint8", "dense/kernel": "float16"}


def test_the_same_type_may_claim_a_weight_twice():
    types = storage_types(NAMES, mixed(uint8=["conv/*", "*kernel"]))
    assert set(types.values()) == {"uint8"}


def test_two_types_for_one_weight_name_it_and_both_patterns():
    with pytest.raises(ConversionError) as caught:
        storage_types(NAMES, mixed(uint8=["*kernel"], float16=["dense/*"]))
    assert caught.value.message == (
        "encoding 'mixed' claims weight 'dense/kernel' twice: "
        "uint8 by '*kernel' and float16 by 'dense/*'"
    )


def test_two_types_cannot_both_take_the_rest():
    with pytest.raises(ConversionError, match=r"the pattern '\*' to uint8 and to float16"):
        storage_types(NAMES, mixed(uint8=["*"], float16=["*"]))


def test_a_pattern_without_a_weight_names_some_weights():
    with pytest.raises(ConversionError) as caught:
        storage_types(NAMES, mixed(uint8=["*gamma"]))
    assert caught.value.message == "pattern '*gamma' of encoding 'mixed' matches no weight"
    assert caught.value.advice == "the weights are conv/kernel, conv/bias, dense/kernel"


@pytest.mark.parametrize("encoding", [Encoding("uint9"), mixed(uint9=["*"])])
def test_an_unknown_type_is_refused_with_the_nearest(encoding):
    with pytest.raises(ConversionError, match=r"'uint9' is no way.*did you mean 'uint8'"):
        storage_types(NAMES, encoding)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("storage", ["float16", "uint16", "uint8"])
def test_a_weight_that_is_not_finite_is_named(value, storage):
    bad = np.array([1, value], np.float32)
    with pytest.raises(ConversionError, match=f"weight 'bad' holds NaN or infinity.* {storage} "):
        quantization_map(weights("good", bad=bad), Encoding(storage))


def test_float32_stores_what_is_not_finite():
    assert quantization_map(weights(bad=np.array([np.nan])), Encoding("float32")) == {}


def test_one_type_for_all_is_the_flag_without_a_value():
    some = weights("a", "b", shape=np.array([1, 2]))
    assert quantization_map(some, Encoding("uint8")) == {"uint8": True}


def test_weights_of_several_types_go_by_name():
    some = weights("a", "b[0]", "c")
    types = quantization_map(some, mixed(uint8=["b*"], float16=["*"]))
    assert types == {"float16": ["a", "c"], "uint8": ["b[[]0]"]}


def test_an_empty_tensor_is_left_alone():
    some = weights("a", empty=np.ones((0, 3), np.float32))
    assert quantization_map(some, Encoding("uint8")) == {"uint8": ["a"]}
