"""One folder of tests/fixtures for each mistake, with the message that it earns."""

from __future__ import annotations

from pathlib import Path

import pytest

from sizewise.config import load_suite
from sizewise.config.mistakes import Mistakes
from sizewise.errors import SuiteError

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
FOLDERS = sorted(path.parent for path in FIXTURES.glob("*/expected.txt"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_mistake_gets_its_message(folder, monkeypatch):
    monkeypatch.chdir(folder)
    with pytest.raises(SuiteError) as raised:
        load_suite(Path("suite.yaml"))
    assert str(raised.value) == (folder / "expected.txt").read_text().rstrip("\n")
    assert raised.value.exit_code == 2


def test_there_are_fixtures():
    assert len(FOLDERS) > 30


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_file_is_shown_as_the_user_gave_it(folder):
    with pytest.raises(SuiteError) as raised:
        load_suite(folder / "suite.yaml")
    expected = (folder / "expected.txt").read_text().rstrip("\n")
    assert str(raised.value).replace(f"{folder}/", "") == expected
    assert all(line.startswith(f"{folder}/") for line in str(raised.value).splitlines())


def test_attempt_keeps_suite_errors_and_nothing_else():
    mistakes = Mistakes()
    assert mistakes.attempt(int, "3") == 3

    def wrong():
        raise SuiteError("wrong", where="here:1")

    assert mistakes.attempt(wrong) is None
    with pytest.raises(ValueError):
        mistakes.attempt(int, "three")
    with pytest.raises(SuiteError, match=r"^here:1: wrong$"):
        mistakes.raise_if_any()


def test_no_mistakes_raise_nothing():
    Mistakes().raise_if_any()


def test_several_mistakes_are_one_error_with_a_line_each():
    mistakes = Mistakes()
    mistakes.add(SuiteError("one", where="here:1", advice="write two"))
    mistakes.add(SuiteError("three", where="here:3"))
    with pytest.raises(SuiteError) as raised:
        mistakes.raise_if_any()
    assert str(raised.value) == "here:1: one; write two\nhere:3: three"
