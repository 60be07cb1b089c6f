from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sizewise.config.transforms import TRANSFORM_PATTERN, decode_transform, has_exact_name
from sizewise.domain import Prune, Transform


@pytest.mark.parametrize(
    ("name", "transform"),
    [
        ("none", Transform()),
        ("prune50", Transform((Prune(0.5),))),
        ("prune80", Transform((Prune(0.8),))),
        ("prune29", Transform((Prune(0.29),))),
        ("prune5", Transform((Prune(0.05),))),
        ("prune87.5", Transform((Prune(0.875),))),
        ("prune12.3", Transform((Prune(0.123),))),
    ],
)
def test_a_name_decodes(name, transform):
    assert decode_transform(name) == transform
    assert transform.name == name
    assert re.fullmatch(TRANSFORM_PATTERN, name)


@pytest.mark.parametrize(
    ("name", "message", "advice"),
    [
        ("None", "unknown transform 'None'", "did you mean 'none'?"),
        ("prun80", "unknown transform 'prun80'", "did you mean 'prune80'?"),
        ("prune", "unknown transform 'prune'", "did you mean 'prune80'?"),
        ("prune-80", "unknown transform 'prune-80'", "did you mean 'prune80'?"),
        ("prune080", "unknown transform 'prune080'", "write prune80"),
        ("prune80.0", "unknown transform 'prune80.0'", "write prune80"),
        ("prune50+prune80", "unknown transform 'prune50+prune80': ", "such as prune80"),
        ("prune0", "unknown transform 'prune0': ", "such as prune80"),
        ("prune100", "unknown transform 'prune100': ", "such as prune80"),
        ("prune8.", "unknown transform 'prune8.': ", "such as prune80"),
        ("prune٨٠", "unknown transform 'prune٨٠'", "did you mean 'prune"),
        ("", "unknown transform ''", "known: none, prune50, prune80"),
    ],
)
def test_what_is_no_name_gets_advice(name, message, advice):
    with pytest.raises(ValueError) as raised:
        decode_transform(name)
    assert raised.value.args[0].startswith(message)
    assert raised.value.args[1].startswith(advice)


@given(st.integers(min_value=1, max_value=9999))
def test_hundredths_of_a_percent_have_exact_names(ten_thousandths):
    step = Prune(ten_thousandths / 10_000)
    assert has_exact_name(step)
    assert decode_transform(step.name) == Transform((step,))


@given(st.floats(min_value=0, max_value=1, exclude_min=True, exclude_max=True))
def test_a_name_is_exact_or_said_not_to_be(sparsity):
    step = Prune(sparsity)
    if has_exact_name(step):
        assert decode_transform(step.name).steps == (step,)
    else:
        assert step.name != f"prune{sparsity * 100}"


@given(st.text())
def test_any_text_decodes_to_its_own_name_or_is_refused_with_advice(text):
    try:
        transform = decode_transform(text)
    except ValueError as error:
        refusal = error.args
    else:
        refusal = ()
        assert transform.name == text
    assert len(refusal) in (0, 2)
