"""What came of a tuning, kept and read back."""

import json
from dataclasses import replace

import pytest

from sizewise.errors import RecordsError
from sizewise.tune import (
    SENSITIVITY_FILE,
    Journal,
    folder_beside,
    load_outcome,
    save_outcome,
    save_sensitivity,
)
from support.tuned import make_outcome


@pytest.fixture
def kept(tmp_path):
    outcome = make_outcome(notes=("judged on noise",), is_finished=False)
    journal = Journal(tmp_path, {})
    for trial in outcome.tuned.trials:
        journal.add(trial)
    save_sensitivity(tmp_path / SENSITIVITY_FILE, outcome.tuned.sensitivity)
    save_outcome(tmp_path, outcome)
    return tmp_path, outcome


def test_it_is_read_as_it_was_kept(kept):
    folder, outcome = kept

    assert load_outcome(folder) == outcome


def test_without_sensitivities(kept):
    folder, outcome = kept
    (folder / SENSITIVITY_FILE).unlink()

    assert load_outcome(folder).tuned == replace(outcome.tuned, sensitivity=None)


def test_where_nothing_came_to_its_end_there_is_nothing(tmp_path):
    Journal(tmp_path, {})

    assert load_outcome(tmp_path) is None


@pytest.mark.parametrize("change", [{"best": 99}, {"minimize": "gzip"}, {"budget": {}}])
def test_something_else_is_refused(kept, change):
    folder, _ = kept
    file = folder / "tuned.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | change))

    with pytest.raises(RecordsError, match="cannot be read"):
        load_outcome(folder)


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(RecordsError, match="cannot write"):
        save_outcome(tmp_path / "file", make_outcome())


def test_the_folder_of_a_job(tmp_path):
    assert folder_beside(tmp_path / "auto@tfjs") == tmp_path / "auto@tfjs.tuning"
