import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sizewise.errors import RecordsError
from sizewise.records import layout, load_run, save_tensors, tensors
from support.layers import make_tensor
from support.rows import make_record, make_run, write_run

DIGEST = "0123456789abcdef" * 4
RECORD = make_record(artifact_sha256=DIGEST)
TENSORS = (
    make_tensor("net/conv/kernel", 64, used_by="net/conv/Conv2D"),
    make_tensor("net/dense/kernel", 64, distinct_per_channel=16, dense_groups=3),
    make_tensor("labels\udcff", 9, dtype="string", shape=(), zeros=None, distinct=None),
)


@pytest.fixture
def folder(tmp_path):
    folder = write_run(tmp_path, RECORD)
    save_tensors(folder, DIGEST, TENSORS)
    return folder


@pytest.fixture
def file(folder):
    return folder / "tensors" / "0123456789abcdef.json"


def test_what_is_saved_is_read(folder):
    assert tensors(load_run(folder), RECORD) == TENSORS


def test_a_file_of_an_older_version_is_read(folder, file):
    content = json.loads(file.read_bytes())
    for entry in content["tensors"]:
        del entry["distinct_per_channel"], entry["dense_groups"]
    file.write_text(json.dumps(content))
    _, kernel, _ = tensors(load_run(folder), RECORD)
    assert (kernel.distinct_per_channel, kernel.dense_groups) == (None, None)


def test_the_file_says_its_format_and_its_artifact(file):
    content = json.loads(file.read_bytes())
    assert (content["format"], content["artifact_sha256"]) == (1, DIGEST)
    assert content["tensors"][0]["name"] == "net/conv/kernel"


def test_what_was_not_kept_is_none(folder):
    run = load_run(folder)
    assert tensors(run, make_record(artifact_sha256="f" * 64)) is None
    assert tensors(run, make_record(artifact_sha256=None)) is None
    assert tensors(make_run(RECORD), RECORD) is None


def changed(file, **changes):
    file.write_text(json.dumps(json.loads(file.read_bytes()) | changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 2}, "written by a newer sizewise: format 2, .*; upgrade sizewise"),
        ({"format": "1"}, "is corrupt: it says no format"),
        ({"artifact_sha256": "f" * 64}, "is corrupt: it is of another artifact"),
        ({"tensors": 5}, "is corrupt: TypeError"),
        ({"tensors": [{"name": "x"}]}, "is corrupt: KeyError"),
    ],
)
def test_a_file_that_says_something_else_is_named(folder, file, changes, message):
    changed(file, **changes)
    with pytest.raises(RecordsError, match=rf"{file.name}: {message}"):
        tensors(load_run(folder), RECORD)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name", 5),
        ("dtype", None),
        ("shape", [-1]),
        ("shape", 5),
        ("size_bytes", 1.5),
        ("size_bytes", True),
        ("quantized", 1),
        ("zeros", "none"),
        ("used_by", 5),
    ],
)
def test_a_value_of_another_kind_is_corrupt(folder, file, key, value):
    (first, *_) = json.loads(file.read_bytes())["tensors"]
    changed(file, tensors=[first | {key: value}])
    with pytest.raises(RecordsError, match="is corrupt"):
        tensors(load_run(folder), RECORD)


@settings(max_examples=50)
@given(content=st.binary())
def test_garbage_is_named(tmp_path_factory, content):
    folder = write_run(tmp_path_factory.mktemp("runs"), RECORD)
    file = folder / layout.tensors_of(DIGEST)
    file.parent.mkdir()
    file.write_bytes(content)
    with pytest.raises(RecordsError, match=file.name):
        tensors(load_run(folder), RECORD)


def test_a_file_that_cannot_be_read_or_written_is_named(folder, file):
    file.unlink()
    file.mkdir()
    with pytest.raises(RecordsError, match="cannot be read"):
        tensors(load_run(folder), RECORD)
    with pytest.raises(RecordsError, match=rf"{file.name}: cannot write"):
        save_tensors(folder, DIGEST, TENSORS)
