import pickle

import pytest

from sizewise import errors
from sizewise.domain import Status


def every_error():
    pending, found = [errors.SizewiseError], []
    while pending:
        kind = pending.pop()
        found.append(kind)
        pending += kind.__subclasses__()
    return [kind for kind in found if kind.__module__ == "sizewise.errors"]


@pytest.mark.parametrize(
    ("where", "advice", "text"),
    [
        (None, None, "it is broken"),
        ("suite.yaml:3", None, "suite.yaml:3: it is broken"),
        (None, "mend it", "it is broken; mend it"),
        ("suite.yaml:3", "mend it", "suite.yaml:3: it is broken; mend it"),
    ],
)
def test_an_error_says_where_what_and_what_would_be_right(where, advice, text):
    assert str(errors.SuiteError("it is broken", where=where, advice=advice)) == text


@pytest.mark.parametrize("kind", every_error())
def test_an_error_crosses_to_another_process(kind):
    error = kind("it is broken", where="suite.yaml:3", advice="mend it")
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is kind
    assert str(copy) == str(error)
    assert (copy.message, copy.where, copy.advice) == ("it is broken", "suite.yaml:3", "mend it")


@pytest.mark.parametrize("kind", every_error())
def test_an_error_knows_its_exit_code_and_a_status_of_records(kind):
    assert kind.exit_code in {2, 3}
    assert Status(kind.status) is not Status.OK


@pytest.mark.parametrize(
    ("word", "advice"),
    [
        ("flaot16", "did you mean 'float16'?"),
        ("uint9", "did you mean 'uint8'?"),
        ("zzz", "known: float16, uint8"),
    ],
)
def test_a_misspelt_word_is_answered_with_the_nearest(word, advice):
    assert errors.did_you_mean(word, iter(["float16", "uint8"])) == advice
