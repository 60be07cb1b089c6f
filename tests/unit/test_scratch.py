import os
import tempfile
from pathlib import Path

import pytest

from sizewise import scratch
from sizewise.errors import SetupError
from sizewise.scratch import PREFIX, Scratch, scratch_folder, sweep, temporary_files_apart


@pytest.fixture(autouse=True)
def temporary(monkeypatch, tmp_path):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def left_by_a_dead_owner(folder, name="abandoned"):
    path = folder / f"{PREFIX}{name}"
    (path / "worker-0").mkdir(parents=True)
    (path / "worker-0" / "file").write_text("content")
    return path


def test_it_is_gone_with_all_that_is_in_it_however_the_block_ends(temporary):
    def fail():
        with scratch_folder() as folder:
            (folder / "inner").mkdir()
            assert folder.parent == temporary
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list(temporary.iterdir()) == []


def test_what_a_dead_owner_left_is_swept_and_what_lives_is_not(temporary):
    left_by_a_dead_owner(temporary)
    with scratch_folder() as folder:
        sweep(temporary)
        assert list(temporary.iterdir()) == [folder]


def test_the_first_folder_of_a_process_sweeps(temporary):
    path = left_by_a_dead_owner(temporary)
    with scratch_folder():
        assert not path.exists()


def test_only_scratch_folders_are_swept(temporary):
    (temporary / "sizewise-notes").mkdir()
    (temporary / f"{PREFIX}file").write_text("a file")
    elsewhere = left_by_a_dead_owner(temporary.parent, "elsewhere")
    (temporary / f"{PREFIX}link").symlink_to(elsewhere)
    before = sorted(temporary.iterdir())
    sweep(temporary)
    assert sorted(temporary.iterdir()) == before
    assert (elsewhere / "worker-0" / "file").exists()


def test_folders_of_other_users_stay(temporary, monkeypatch):
    path = left_by_a_dead_owner(temporary)
    monkeypatch.setattr(scratch.os, "geteuid", lambda: os.getuid() + 1)
    sweep(temporary)
    assert path.exists()


def test_one_that_is_swept_before_it_is_locked_is_made_anew(temporary, monkeypatch):
    make, made = tempfile.mkdtemp, []

    def made_and_swept(**options):
        made.append(make(**options))
        if len(made) == 1:
            sweep(temporary)
        return made[-1]

    monkeypatch.setattr(tempfile, "mkdtemp", made_and_swept)
    with scratch_folder() as folder:
        assert folder.is_dir()
    assert len(made) == 2


def test_no_room(temporary):
    temporary.rmdir()
    with pytest.raises(SetupError, match=r"No such file or directory; .*TMPDIR") as caught:
        Scratch()
    assert caught.value.where == str(temporary)


def test_temporary_files_of_all_libraries_go_with_the_block(temporary, monkeypatch):
    monkeypatch.delenv("TMPDIR", raising=False)
    with temporary_files_apart():
        with tempfile.NamedTemporaryFile(delete=False) as file:
            assert Path(file.name).parent.parent == temporary
        assert os.environ["TMPDIR"] == tempfile.gettempdir()
    assert list(temporary.iterdir()) == []
    assert tempfile.gettempdir() == str(temporary)
    assert "TMPDIR" not in os.environ
