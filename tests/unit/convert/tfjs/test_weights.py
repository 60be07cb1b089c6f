import numpy as np
import pytest

from sizewise.convert.tfjs.weights import Weight, plan_storage, storage_types, stored_values
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
        plan_storage(weights("good", bad=bad), Encoding(storage))


def test_float32_stores_what_is_not_finite():
    plan = plan_storage(weights(bad=np.array([1, np.nan], np.float32)), Encoding("float32"))
    assert plan.types == {"bad": "float32"}


def test_integers_and_empty_tensors_are_left_alone():
    some = weights("a", shape=np.array([1, 2], np.int32), empty=np.ones((0, 3), np.float32))
    plan = plan_storage(some, Encoding("uint8"))
    assert plan.types == {"a": "uint8", "shape": "float32", "empty": "float32"}


def test_weights_of_several_types_go_by_name_with_brackets_as_they_are():
    plan = plan_storage(weights("a", "b[0]", "c"), mixed(uint8=["b*"], float16=["*"]))
    assert plan.types == {"a": "float16", "b[0]": "uint8", "c": "float16"}


@pytest.mark.parametrize(
    ("values", "why"), [([1e-12], "positive values 0"), ([1.0, -1e9], "infinite")]
)
def test_what_float16_would_ruin_stays_float32_and_is_noted(values, why):
    plan = plan_storage(weights("a", eps=np.array(values, np.float32)), Encoding("float16"))
    assert plan.types == {"a": "float16", "eps": "float32"}
    assert plan.notes[-1].startswith("weight eps: kept in float32")
    assert why in plan.notes[-1]


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16", "uint32", "int64", "uint64"])
def test_integers_of_any_width_become_int32(dtype):
    stored = stored_values("table", np.array([0, 1, 127], dtype))
    assert stored.dtype == np.int32
    assert stored.tolist() == [0, 1, 127]


@pytest.mark.parametrize(
    "values", [np.array([2**31]), np.array([-(2**31) - 1]), np.array([2**32 - 1], np.uint32)]
)
def test_integers_that_int32_cannot_hold_are_refused_by_name(values):
    with pytest.raises(ConversionError, match=r"constant 'table' holds u?int\d\d values beyond"):
        stored_values("table", values)


def test_the_ends_of_int32_are_stored():
    ends = [-(2**31), 2**31 - 1]
    assert stored_values("table", np.array(ends)).tolist() == ends


def test_a_type_without_a_counterpart_is_refused_by_name():
    import ml_dtypes

    with pytest.raises(ConversionError, match="constant 'table' is of type bfloat16"):
        stored_values("table", np.ones(2, ml_dtypes.bfloat16))
