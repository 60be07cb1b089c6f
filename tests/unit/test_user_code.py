"""Code that a suite names: found beside it, called, and told apart from what is not there."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sizewise import user_code
from sizewise.errors import DataError

CODE = """
def double(x):
    from beside_it import factor
    return factor * x

def fails():
    raise ValueError("first line.\\nsecond line")

text = "no function"
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "code_of_a_user.py").write_text(CODE)
    (tmp_path / "beside_it.py").write_text("factor = 2")
    (tmp_path / "raises_at_once.py").write_text("1 / 0")
    (tmp_path / "needs_more.py").write_text("import not_installed")
    yield tmp_path
    for name in [path.stem for path in tmp_path.glob("*.py")]:
        sys.modules.pop(name, None)


def test_the_folder_is_searched_while_the_code_runs_and_no_longer(folder):
    before = list(sys.path)
    assert user_code.call("code_of_a_user:double", 4, folder=folder, wrong=DataError) == 8
    assert sys.path == before


def test_the_working_folder_is_searched_too(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert user_code.call("code_of_a_user:double", 1, folder=None, wrong=DataError) == 2
    assert Path.cwd() == folder


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("code_of_a_user:fails", "calling code_of_a_user:fails raised ValueError: first line"),
        ("code_of_a_user:duoble", "no 'duoble'; did you mean 'double'?"),
        ("code_of_a_user:text", "is a str and no function"),
        ("not_there:function", "there is no Python module 'not_there'; put it beside the suite"),
        ("raises_at_once:f", "importing raises_at_once raised ZeroDivisionError: division by zero"),
        ("needs_more:f", "importing needs_more raised ModuleNotFoundError"),
    ],
)
def test_mistakes_are_told_in_the_class_that_is_asked_for(folder, location, message):
    with pytest.raises(DataError) as caught:
        user_code.call(location, folder=folder, wrong=DataError)
    assert message in str(caught.value)
    assert caught.value.advice
