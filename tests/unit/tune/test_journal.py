"""Trials on disk: found again, and never mixed with another task's."""

import math

import pytest

from sizewise.errors import RecordsError
from sizewise.tune import Figures, Journal, Phase, Trial
from sizewise.tune.journal import TASK_FILE, TRIALS_FILE

TASK = {"model": "m", "max_drop": [0.01, False]}


def trial(number, mix, *, sqnr=30.0, phase=Phase.SEARCH):
    figures = Figures(100, sqnr, 0.99, 0.97, None, None)
    return Trial(number, phase, mix, 1000, 800, 700, figures, True, "tensorflow", 0.5)


def test_trials_are_found_again(tmp_path):
    first = Journal(tmp_path / "new", TASK)
    kept = [trial(0, {"*": "float32"}, sqnr=math.inf), trial(1, {"k": "uint8"}, sqnr=-math.inf)]
    for each in kept:
        first.add(each)

    again = Journal(tmp_path / "new", TASK)

    assert again.trials == kept
    assert again.find(Phase.SEARCH, {"k": "uint8"}) == kept[1]
    assert again.find(Phase.VERIFY, {"k": "uint8"}) is None
    assert again.find(Phase.SEARCH, {"k": "uint16"}) is None


def test_another_task_is_refused(tmp_path):
    Journal(tmp_path, TASK)

    with pytest.raises(RecordsError, match="its max drop differs"):
        Journal(tmp_path, {**TASK, "max_drop": [0.02, False]})


def test_a_line_that_a_crash_cut_short_is_dropped(tmp_path):
    journal = Journal(tmp_path, TASK)
    journal.add(trial(0, {"*": "float32"}))
    with (tmp_path / TRIALS_FILE).open("a") as file:
        file.write('{"number": 1, "phase"')

    again = Journal(tmp_path, TASK)
    again.add(trial(1, {"*": "uint8"}))

    assert [each.number for each in Journal(tmp_path, TASK).trials] == [0, 1]


@pytest.mark.parametrize("line", ["[]", "{}", '{"number": 1}', "no JSON"])
def test_something_else_than_trials_is_refused(tmp_path, line):
    Journal(tmp_path, TASK)
    (tmp_path / TRIALS_FILE).write_text(line + "\n")

    with pytest.raises(RecordsError, match="something else than trials"):
        Journal(tmp_path, TASK)


def test_a_task_that_is_no_json_is_refused(tmp_path):
    (tmp_path / TASK_FILE).write_text("{")

    with pytest.raises(RecordsError, match="no JSON"):
        Journal(tmp_path, TASK)


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(RecordsError, match="cannot use the folder"):
        Journal(tmp_path / "file" / "below", TASK)
