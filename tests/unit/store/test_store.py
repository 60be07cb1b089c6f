import os
import threading
import time
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sizewise.errors import SizewiseError, StoreError
from sizewise.store import Store, default_location, key_of, limit_bytes, open_store

KEY = key_of("job", {"a": 1})


@pytest.fixture
def store(tmp_path):
    return open_store(str(tmp_path / "store"))


def file_of(store, key=KEY):
    kind, digest = key.split("/")
    return Path(store.location, kind, digest[:2], digest)


def used_at(store, key, seconds):
    os.utime(file_of(store, key), (seconds, seconds))


def test_what_is_put_is_got(store, tmp_path):
    (tmp_path / "weights").write_bytes(b"\x00\xff" * 10)
    store.put(KEY, {"row": [1, None, "é"]}, {"w.bin": tmp_path / "weights", "sub/t.json": b"{}"})
    with store.opened(KEY) as entry:
        assert entry.value == {"row": [1, None, "é"]}
        assert entry.names == ("w.bin", "sub/t.json")
        assert entry.read("sub/t.json") == b"{}"
        entry.extract("w.bin", tmp_path / "out" / "w.bin")
    assert (tmp_path / "out" / "w.bin").read_bytes() == b"\x00\xff" * 10


def test_what_was_never_put_is_absent(store):
    with store.opened(KEY) as entry:
        assert entry is None
    assert store.value(KEY) is None
    assert not Path(store.location).exists()


def test_putting_again_replaces(store):
    store.put(KEY, {"at": 1}, {"a": b"1"})
    store.put(KEY, {"at": 2})
    with store.opened(KEY) as entry:
        assert (entry.value, entry.names) == ({"at": 2}, ())


def test_a_key_follows_the_content_and_not_its_order():
    assert key_of("job", {"a": 1, "b": [2]}) == key_of("job", {"b": [2], "a": 1})
    assert key_of("job", {"a": 1}) != key_of("job", {"a": 2})
    assert key_of("job", {"a": 1}) != key_of("check", {"a": 1})
    with pytest.raises(ValueError, match="JSON"):
        key_of("job", {"a": float("nan")})


@pytest.mark.parametrize("name", ["/etc/passwd", "../up", "a/../../b", "", "a\\b"])
def test_no_name_leads_out_of_a_folder(store, name):
    with pytest.raises(ValueError, match="is no name"):
        store.put(KEY, {}, {name: b""})
    assert store.items() == []


@example(place=19529, bit=0)  # another white space after the digest
@given(place=st.integers(min_value=0), bit=st.integers(0, 7))
def test_an_entry_with_a_flipped_bit_is_thrown_away(tmp_path_factory, place, bit):
    store = open_store(str(tmp_path_factory.mktemp("store")))
    store.put(KEY, {"row": {"a": 1}}, {"w.bin": b"weights"})
    content = bytearray(file_of(store).read_bytes())
    content[place % len(content)] ^= 1 << bit
    file_of(store).write_bytes(content)
    with store.opened(KEY) as entry:
        assert entry is None
    assert not file_of(store).exists()


@given(keep=st.floats(0, 0.999))
def test_an_entry_that_was_cut_is_thrown_away(tmp_path_factory, keep):
    store = open_store(str(tmp_path_factory.mktemp("store")))
    store.put(KEY, {"row": {"a": 1}}, {"w.bin": b"weights"})
    content = file_of(store).read_bytes()
    file_of(store).write_bytes(content[: int(keep * len(content))])
    assert store.value(KEY) is None
    assert store.items() == []


def test_a_forged_header_leads_nowhere(store, tmp_path):
    """The digest protects against accidents; names are looked at all the same."""
    import hashlib

    rest = b'{"value": {}, "files": [["../out", 1]]}\nx'
    head = f"sizewise-store-1 {hashlib.sha256(rest).hexdigest()}\n".encode()
    file_of(store).parent.mkdir(parents=True)
    file_of(store).write_bytes(head + rest)
    with store.opened(KEY) as entry:
        assert entry is None


def test_the_entry_used_longest_ago_goes_first(store):
    keys = [key_of("job", number) for number in range(4)]
    for age, key in enumerate(keys):
        store.put(key, {}, {"w": b"x" * 1000})
        used_at(store, key, 1000 + age)
    assert store.value(keys[0]) is not None
    size = store.items()[0].size_bytes
    removed = store.prune(2 * size)
    assert [item.key for item in removed] == keys[1:3]
    assert {item.key for item in store.items()} == {keys[0], keys[3]}


def test_a_store_is_kept_within_its_limit(store):
    for number in range(10):
        store.put(key_of("job", number), {}, {"w": b"x" * 1000})
    size = store.items()[0].size_bytes
    store.keep_within(10 * size)
    assert len(store.items()) == 10
    store.keep_within(10 * size - 1)
    assert len(store.items()) == 8


def test_what_a_killed_writer_left_is_swept(store, tmp_path):
    abandoned = Path(store.location, "tmp", "1.abc")
    abandoned.parent.mkdir(parents=True)
    abandoned.write_bytes(b"half")
    store.prune(10)
    assert abandoned.exists(), "its writer may be at work"
    os.utime(abandoned, (0, 0))
    store.prune(10)
    assert not abandoned.exists()


def test_verifying_removes_what_is_damaged(store):
    keys = [key_of("job", number) for number in range(3)]
    for key in keys:
        store.put(key, {"k": key})
    file_of(store, keys[1]).write_bytes(b"sizewise-store-1 " + b"0" * 64 + b"\n{}")
    assert store.verify() == (2, [keys[1]])
    assert store.verify() == (2, [])


def test_two_at_once_do_each_other_no_harm(store):
    """Writers, readers and someone who prunes: each entry is whole or absent."""
    keys = [key_of("job", number) for number in range(5)]
    end, faults = time.monotonic() + 1.0, []

    def work(seed):
        other = open_store(store.location)
        try:
            while time.monotonic() < end:
                for key in keys:
                    other.put(key, {"by": seed}, {"w": bytes([seed]) * 20_000})
                    with other.opened(key) as entry:
                        if entry is not None:
                            assert entry.read("w") == bytes([entry.value["by"]]) * 20_000
                other.prune(40_000)
        except Exception as error:  # noqa: BLE001 - told to the main thread
            faults.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert store.verify()[1] == []


def test_a_store_that_cannot_be_written_is_a_named_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"file.*cannot write: .*--store") as info:
        open_store(str(tmp_path / "file")).put(KEY, {})
    assert isinstance(info.value, SizewiseError)


def test_half_an_entry_is_never_seen(store, tmp_path):
    with pytest.raises(StoreError):
        store.put(KEY, {}, {"w": b"weights", "gone": tmp_path / "gone"})
    assert store.items() == []
    assert list(Path(store.location, "tmp").iterdir()) == []


def test_the_place_and_the_limit_come_from_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("SIZEWISE_CACHE", str(tmp_path))
    assert default_location() == str(tmp_path / "store")
    assert isinstance(open_store(), Store)
    monkeypatch.setenv("SIZEWISE_STORE_LIMIT", "2 GB")
    assert limit_bytes() == 2 * 1000**3
    monkeypatch.setenv("SIZEWISE_STORE_LIMIT", "much")
    with pytest.raises(StoreError, match=r"^SIZEWISE_STORE_LIMIT: 'much' is no size"):
        limit_bytes()


class TestRemote:
    @pytest.fixture
    def store(self):
        fsspec = pytest.importorskip("fsspec")
        yield open_store("memory://bucket/kept")
        fsspec.filesystem("memory").rm("/bucket", recursive=True)

    def test_what_is_put_is_got(self, store):
        store.put(KEY, {"a": 1}, {"w": b"weights"})
        with store.opened(KEY) as entry:
            assert (entry.value, entry.read("w")) == ({"a": 1}, b"weights")
        assert [item.key for item in store.items()] == [KEY]

    def test_what_was_never_put_is_absent(self, store):
        store.put(KEY, {})
        assert store.value(key_of("job", 2)) is None

    def test_what_is_damaged_is_thrown_away(self, store):
        import fsspec

        store.put(KEY, {"a": 1})
        files = fsspec.filesystem("memory")
        (path,) = files.find("/bucket/kept")
        files.pipe_file(path, files.cat_file(path)[:-1])
        assert store.value(KEY) is None
        assert store.items() == []

    def test_pruning(self, store):
        for number in range(3):
            store.put(key_of("job", number), {})
        assert len(store.prune(0)) == 3
        assert store.items() == []

    def test_a_protocol_that_there_is_not(self):
        with pytest.raises(StoreError, match=r"nosuch://x is no place for a store"):
            open_store("nosuch://x")


def test_a_place_without_whole_files_gets_them_by_renaming(tmp_path):
    pytest.importorskip("fsspec")
    store = open_store(f"file://{tmp_path}/kept")
    store.put(KEY, {"a": 1}, {"w": b"weights"})
    with store.opened(KEY) as entry:
        assert entry.read("w") == b"weights"
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1
