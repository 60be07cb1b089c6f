from pathlib import Path

import pytest

from sizewise.domain import Location
from sizewise.errors import DataError, SourceError
from sizewise.models.faults import located, refusing

HERE = Location(Path("suite.yaml"), 3)


def test_an_error_gets_its_place():
    with pytest.raises(DataError) as caught, located(HERE):
        raise DataError("no good")
    assert str(caught.value) == "suite.yaml:3: no good"


def test_a_place_that_is_known_already_stays():
    with pytest.raises(DataError) as caught, located(HERE):
        raise DataError("no good", where="other.yaml:7")
    assert str(caught.value) == "other.yaml:7: no good"


def test_without_a_line_there_is_no_place():
    with pytest.raises(DataError) as caught, located(None):
        raise DataError("no good")
    assert str(caught.value) == "no good"


def test_what_a_library_raises_becomes_one_line():
    with pytest.raises(SourceError) as caught, refusing("m.h5 cannot be opened", "save it again"):
        raise KeyError("\n  first thing.\nsecond thing")
    assert "\n" not in str(caught.value)
    with pytest.raises(SourceError) as caught, refusing("m.h5 cannot be opened", "save it again"):
        raise OSError("\n  first thing.\nsecond thing")
    assert str(caught.value) == "m.h5 cannot be opened (first thing); save it again"


def test_an_error_without_words_is_named():
    with (
        pytest.raises(SourceError, match=r"cannot be opened \(EOFError\)"),
        refusing("cannot be opened"),
    ):
        raise EOFError


def test_our_own_errors_pass():
    with pytest.raises(DataError, match=r"^no good$"), refusing("m.h5 cannot be opened"):
        raise DataError("no good")
