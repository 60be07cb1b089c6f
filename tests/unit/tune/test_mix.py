"""Mixes as encodings."""

import fnmatch

from hypothesis import given
from hypothesis import strategies as st

from sizewise.config.encodings import decode_encoding
from sizewise.domain import Rounding, Target
from sizewise.patterns import assigned, pattern_of
from sizewise.tune import ALL, PLAIN, REST, encoding_of, mix_of, rounded_encodings


def test_a_mix_names_each_weight_that_is_not_float32():
    encoding = encoding_of({"a": "uint8", "b": "uint8-gptq-l16", "c": "float32", "d": "uint8"})

    assert encoding.name == "tuned"
    assert encoding.patterns == {"uint8": ("a", "d"), "uint8-gptq-l16": ("b",)}
    assert encoding.is_calibrated


def test_one_encoding_of_all_is_that_encoding():
    assert encoding_of({ALL: "uint16"}).name == "uint16"
    assert encoding_of({"a": "float32"}).name == "float32"


def test_small_weights_have_the_storage_of_the_rest():
    mix = mix_of({"k": "float16", REST: "uint8"}, REST, ["b", "c"])

    assert mix == {"k": "float16", "b": "uint8", "c": "uint8"}


def test_biases_of_calibrated_kernels_are_calibrated_with_them():
    assert mix_of({"k": "uint8-gptq-l4", REST: "uint8"}, REST, ["b"])["b"] == "uint8-gptq"
    assert mix_of({"k": "uint8-gptq-l4", REST: "float16"}, REST, ["b"])["b"] == "float16"


def test_every_encoding_goes_by_its_name():
    parts = {each.name: each for each in rounded_encodings()}

    assert len(parts) == len(rounded_encodings())
    assert not parts.keys() & set(PLAIN)
    mix = {f"weight of {name}": name for name in parts}
    assert encoding_of(mix).parts == {name: parts[name] for name in sorted(parts)}
    assert parts["uint8-gptq-l3"].rounding is Rounding.GPTQ
    assert parts["uint8-gptq-s70-l5"].sparsity == 0.7
    assert [decode_encoding(name, Target.TFJS) for name in parts] == list(parts.values())


names = st.text(st.sampled_from("ab[]*?!/-"), min_size=1, max_size=8)


@given(names, names)
def test_a_pattern_matches_its_own_name_alone(name, other):
    assert fnmatch.fnmatchcase(name, pattern_of(name))
    assert fnmatch.fnmatchcase(other, pattern_of(name)) == (other == name)


@given(
    st.dictionaries(
        names.filter(lambda name: name != ALL),
        st.sampled_from(["float16", "uint8", "uint8-gptq-l8"]),
        min_size=1,
    )
)
def test_every_weight_gets_the_storage_that_the_mix_has_for_it(mix):
    assert assigned(list(mix), encoding_of(mix)) == mix
