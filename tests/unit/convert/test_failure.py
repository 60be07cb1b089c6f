import pytest

from sizewise.convert.failure import first_line, refusals
from sizewise.errors import ConversionError, UnsupportedOpError


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("\n  \n  Input 0 is wrong.\nmore"), "Input 0 is wrong"),
        (KeyError(), "KeyError"),
        (RuntimeError("x" * 400), "x" * 300 + "…"),
    ],
)
def test_the_first_line_that_says_something(error, line):
    assert first_line(error) == line


def test_a_foreign_error_becomes_one_of_ours():
    with (
        pytest.raises(ConversionError, match=r"^freezing failed: no such thing$"),
        refusals("freezing"),
    ):
        raise OSError("no such thing\n at line 3")


def test_errors_of_the_catalogue_pass_unchanged():
    error = UnsupportedOpError("TF.js has no op X")
    with pytest.raises(UnsupportedOpError) as caught, refusals("optimising"):
        raise error
    assert caught.value is error
