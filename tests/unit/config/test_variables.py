from __future__ import annotations

import pytest

from sizewise.config.variables import UnsetVariableError, expand

VALUES = {"A": "x", "B": "${A}", "EMPTY": "", "_1": "y"}


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("plain", "plain"),
        ("${A}", "x"),
        ("p/${A}/${_1}/q", "p/x/y/q"),
        ("${B}", "${A}"),
        ("${EMPTY}", ""),
        ("${EMPTY:-z}", "z"),
        ("${NO:-z}", "z"),
        ("${NO:-}", ""),
        ("${A:-z}", "x"),
        ("${NO:-/a b/c.d}", "/a b/c.d"),
        ("$A", "$A"),
        ("100 $", "100 $"),
        ("{A}", "{A}"),
    ],
)
def test_expand(text, expanded):
    assert expand(text, VALUES) == expanded


def test_an_unset_variable_is_named():
    with pytest.raises(UnsetVariableError) as raised:
        expand("${A}/${NO}", VALUES)
    assert raised.value.args == ("NO",)


@pytest.mark.parametrize("text", ["${", "${A", "${}", "${a b}", "${1}", "${A:z}", "${A-${B}}"])
def test_what_starts_like_a_variable_must_be_one(text):
    with pytest.raises(ValueError, match="starts no variable"):
        expand(text, VALUES)
