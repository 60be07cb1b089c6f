from pathlib import Path

import pytest
from typer.testing import CliRunner

from sizewise.errors import StoreError
from sizewise.store import key_of, open_store
from sizewise.verbs import cache


def sizewise(verb, *arguments):
    done = CliRunner().invoke(cache.app, [verb, *arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout


def test_an_empty_store(tmp_path):
    code, out = sizewise("ls", "--store", str(tmp_path / "store"))
    assert code == 0
    assert out == f"all               0  0 B  {tmp_path / 'store'}\n"


def filled(tmp_path):
    store = open_store(str(tmp_path / "store"))
    for number in range(3):
        store.put(key_of("job", number), {}, {"w": b"x" * 10_000})
    store.put(key_of("check", 1), {})
    return store


def test_what_is_kept_by_kind(tmp_path):
    store = filled(tmp_path)
    _, out = sizewise("ls", "--store", store.location)
    lines = [line.split() for line in out.splitlines()]
    assert [line[:2] for line in lines] == [["check", "1"], ["job", "3"], ["all", "4"]]


def test_pruning(tmp_path):
    store = filled(tmp_path)
    code, out = sizewise("prune", "--store", store.location, "--size", "15 kB")
    assert code == 0
    assert out.startswith("removed ")
    assert sum(item.size_bytes for item in store.items()) <= 15_000
    assert sizewise("prune", "--store", store.location, "--size", "much")[0] == 2


def test_verifying(tmp_path):
    store = filled(tmp_path)
    assert sizewise("verify", "--store", store.location) == (
        0,
        "4 results are as they were written\n",
    )
    path = next(Path(store.location, "job").rglob("??/*"))
    path.write_bytes(path.read_bytes()[:-1])
    code, out = sizewise("verify", "--store", store.location)
    assert code == 3
    assert out.splitlines()[0].endswith(": damaged")
    assert out.splitlines()[1] == "3 results are as they were written"


def test_a_store_that_cannot_be_is_a_named_error():
    with pytest.raises(StoreError, match="nosuch://x is no place for a store"):
        sizewise("ls", "--store", "nosuch://x")
