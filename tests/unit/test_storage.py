import hashlib
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sizewise import storage
from sizewise.storage import cache_folder, new_folder, sha256_of, write_file


def test_the_cache_is_where_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("SIZEWISE_CACHE", str(tmp_path / "mine"))
    assert cache_folder() == tmp_path / "mine"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SIZEWISE_CACHE", "~/ours")
    assert cache_folder() == tmp_path / "ours"
    monkeypatch.delenv("SIZEWISE_CACHE")
    assert cache_folder().name == "sizewise"


def test_a_new_folder_is_there_only_when_it_is_complete(tmp_path):
    path = tmp_path / "deep" / "folder"
    with new_folder(path) as temporary:
        (temporary / "file").write_text("content")
        assert not path.exists()
    assert (path / "file").read_text() == "content"
    assert list(path.parent.iterdir()) == [path]


def test_a_failure_leaves_no_folder(tmp_path):
    def fail():
        with new_folder(tmp_path / "folder") as temporary:
            (temporary / "file").write_text("half")
            raise RuntimeError("no luck")

    with pytest.raises(RuntimeError, match="no luck"):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_the_first_of_two_makers_wins(tmp_path):
    path = tmp_path / "folder"
    with new_folder(path) as slow:
        (slow / "file").write_text("slow")
        with new_folder(path) as fast:
            (fast / "file").write_text("fast")
    assert (path / "file").read_text() == "fast"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_in_the_way_is_an_error(tmp_path):
    (tmp_path / "folder").write_text("in the way")
    with pytest.raises(NotADirectoryError), new_folder(tmp_path / "folder"):
        pass
    assert [entry.name for entry in tmp_path.iterdir()] == ["folder"]


@pytest.mark.parametrize(
    ("content", "stored"), [("höhe\n", "höhe\n".encode()), (b"\x00\xff", b"\x00\xff")]
)
def test_a_file_is_replaced_as_a_whole(tmp_path, content, stored):
    path = tmp_path / "deep" / "file"
    write_file(path, "before")
    write_file(path, content)
    assert path.read_bytes() == stored
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_cannot_be_replaced_leaves_nothing_beside_it(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_file(path, "before")

    def full(self, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        write_file(path, "after")
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_readers_never_see_half_a_file(tmp_path):
    path = tmp_path / "file"
    contents = [character * 100_000 for character in "abcdefgh"]
    write_file(path, contents[0])
    with ThreadPoolExecutor(4) as pool:
        writing = [pool.submit(write_file, path, content) for content in contents * 4]
        while not all(job.done() for job in writing):
            assert path.read_text() in contents
        for job in writing:
            job.result()


def test_a_digest_is_sha256(tmp_path):
    (tmp_path / "file").write_bytes(b"content")
    assert sha256_of(tmp_path / "file") == hashlib.sha256(b"content").hexdigest()


class TestReplacingFolder:
    def fill(self, path, name="new"):
        with storage.replacing_folder(path) as new:
            new.mkdir()
            (new / name).write_text(name)

    def test_a_folder_that_was_not_there_appears(self, tmp_path):
        self.fill(tmp_path / "sub" / "web")
        assert [each.name for each in tmp_path.rglob("*")] == ["sub", "web", "new"]

    @pytest.mark.parametrize("exchange", [storage._exchange, lambda one, other: False])
    def test_what_was_there_is_gone(self, tmp_path, monkeypatch, exchange):
        monkeypatch.setattr(storage, "_exchange", exchange)
        self.fill(tmp_path / "web", "old")
        self.fill(tmp_path / "web")
        assert [each.name for each in tmp_path.rglob("*")] == ["web", "new"]

    def test_on_an_error_everything_is_as_it_was(self, tmp_path):
        self.fill(tmp_path / "web", "old")

        def fail(path):
            with storage.replacing_folder(path) as new:
                new.mkdir()
                raise ZeroDivisionError

        for name in ("web", "other"):
            with pytest.raises(ZeroDivisionError):
                fail(tmp_path / name)
        assert [each.name for each in tmp_path.rglob("*")] == ["web", "old"]

    @pytest.mark.skipif(sys.platform != "linux", reason="only Linux exchanges folders")
    def test_folders_are_exchanged_in_one_step(self, tmp_path):
        for name in ("one", "other"):
            self.fill(tmp_path / name, name)
        assert storage._exchange(tmp_path / "one", tmp_path / "other")
        assert (tmp_path / "one" / "other").is_file()
        assert (tmp_path / "other" / "one").is_file()
