from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sizewise.config.encodings import decode_encoding, encoding_pattern, rounded_encoding
from sizewise.domain import ENCODINGS, Encoding, JobId, Rounding, Target
from sizewise.domain.encoding import rounded_part

GPTQ = Rounding.GPTQ


@pytest.mark.parametrize(
    ("name", "target", "rounding", "levels", "sparsity"),
    [
        ("uint8", Target.TFJS, Rounding.NEAREST, None, None),
        ("uint8-gptq", Target.TFJS, GPTQ, None, None),
        ("uint8-l64", Target.TFJS, Rounding.NEAREST, 64, None),
        ("uint8-gptq-l64", Target.TFJS, GPTQ, 64, None),
        ("uint8-gptq-l2", Target.TFJS, GPTQ, 2, None),
        ("uint8-gptq-s50", Target.TFJS, GPTQ, None, 0.5),
        ("uint8-gptq-s7-l64", Target.TFJS, GPTQ, 64, 0.07),
        ("uint8-gptq-s12.5-l3", Target.TFJS, GPTQ, 3, 0.125),
        ("uint8-l255", Target.TFJS, Rounding.NEAREST, 255, None),
        ("uint8", Target.TFJS_LAYERS, Rounding.NEAREST, None, None),
        ("int8-gptq", Target.TFLITE, GPTQ, None, None),
    ],
)
def test_a_name_decodes(name, target, rounding, levels, sparsity):
    encoding = decode_encoding(name, target)
    assert encoding == Encoding(name, None, rounding, levels, sparsity)
    assert encoding.storage == name.partition("-")[0]
    assert rounded_part(name) == encoding


@pytest.mark.parametrize(
    ("name", "target", "message", "advice"),
    [
        ("unit8", Target.TFJS, "unknown encoding 'unit8' of tfjs", "did you mean 'uint8'?"),
        ("uint8_gptq", Target.TFJS, "unknown encoding", "did you mean 'uint8-gptq'?"),
        ("uint8-l64-gptq", Target.TFJS, "unknown encoding", "write uint8-gptq-l64"),
        ("uint8-l064", Target.TFJS, "unknown encoding", "write uint8-l64"),
        ("uint8-l256", Target.TFJS, "unknown encoding", "write uint8"),
        ("uint8-gptq-l256", Target.TFJS, "unknown encoding", "write uint8-gptq"),
        ("uint8-gptq-gptq", Target.TFJS, "unknown encoding", "write uint8-gptq"),
        ("uint8-gptq-l64-l64", Target.TFJS, "unknown encoding", "write uint8-gptq-l64"),
        ("uint8-gptq-l64-s50", Target.TFJS, "unknown encoding", "write uint8-gptq-s50-l64"),
        ("uint8-s50-gptq", Target.TFJS, "unknown encoding", "write uint8-gptq-s50"),
        ("uint8-gptq-s050", Target.TFJS, "unknown encoding", "write uint8-gptq-s50"),
        ("uint8-gptq-s50.0", Target.TFJS, "unknown encoding", "write uint8-gptq-s50"),
        ("uint8-gptq-s0.5x", Target.TFJS, "unknown encoding", "did you mean"),
        ("uint8-gptq-s0", Target.TFJS, "uint8-gptq-s0 has a sparsity of 0", "the sparsity is ab"),
        ("uint8-gptq-s100", Target.TFJS, "uint8-gptq-s100 has a sparsity of 1", "the sparsity is"),
        (
            "uint8-s50",
            Target.TFJS,
            "uint8-s50 has a sparsity, and nothing makes",
            "add gptq, as in",
        ),
        ("uint8-gptq-s50", Target.TFJS_LAYERS, "uint8-gptq-s50 is an encoding of tfjs", "for tfjs"),
        ("uint8-gptq-s50", Target.TFLITE, "uint8-gptq-s50 is an encoding of tfjs", "for tflite:"),
        (
            "int8-gptq-s50",
            Target.TFLITE,
            "int8-gptq-s50 has a sparsity, which is an option of tfjs",
            "use the transform prune50obs with int8-gptq",
        ),
        ("uint8-", Target.TFJS, "unknown encoding", "did you mean 'uint8'?"),
        ("uint8-l1", Target.TFJS, "uint8-l1 has 1 level", "write from 2 to 255"),
        ("uint8-l300", Target.TFJS, "uint8-l300 has 300 levels", "write from 2 to 255"),
        ("uint16-gptq", Target.TFJS, "unknown encoding", "did you mean"),
        ("int8-gptq", Target.TFJS, "int8-gptq is an encoding of tflite", "for tfjs: float32,"),
        ("uint8-gptq", Target.TFJS_LAYERS, "uint8-gptq is an encoding of tfjs", "for tfjs-layers"),
        ("uint8-l64", Target.TFLITE, "uint8-l64 is an encoding of tfjs", "for tflite: float32,"),
        ("int8-l64", Target.TFLITE, "int8-l64 has a number of levels", "leave it out"),
        ("dynamic_int8-gptq", Target.TFLITE, "unknown encoding", "did you mean"),
        ("", Target.TFLITE, "unknown encoding '' of tflite", "known: float32"),
    ],
)
def test_what_is_no_name_gets_advice(name, target, message, advice):
    with pytest.raises(ValueError) as raised:
        decode_encoding(name, target)
    assert raised.value.args[0].startswith(message)
    assert raised.value.args[1].startswith(advice)


@given(
    rounding=st.sampled_from(Rounding),
    levels=st.none() | st.integers(2, 256),
    per_mille=st.none() | st.integers(1, 999),
)
def test_every_encoding_has_a_name_that_decodes_to_it(rounding, levels, per_mille):
    is_sparse = per_mille is not None and rounding is GPTQ
    encoding = rounded_encoding("uint8", rounding, levels, per_mille / 1000 if is_sparse else None)
    assert decode_encoding(encoding.name, Target.TFJS) == encoding
    assert rounded_part(encoding.name) == encoding
    assert encoding.levels != 256
    job = JobId("kws", "prune80", encoding.name, Target.TFJS)
    assert JobId.parse(str(job)) == job


@given(
    target=st.sampled_from(Target),
    text=st.text() | st.from_regex(encoding_pattern(Target.TFJS), fullmatch=True),
)
def test_any_text_decodes_to_its_own_name_or_is_refused_with_advice(target, text):
    try:
        encoding = decode_encoding(text, target)
    except ValueError as error:
        refusal = error.args
    else:
        refusal = ()
        assert encoding.name == text
        assert re.fullmatch(encoding_pattern(target), text)
    assert len(refusal) in (0, 2)


@pytest.mark.parametrize("target", Target)
def test_plain_names_are_what_they_are(target):
    for name in ENCODINGS[target]:
        assert decode_encoding(name, target) == Encoding(name)
