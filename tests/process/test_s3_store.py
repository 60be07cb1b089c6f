"""A store in a bucket: an S3 server on the loopback address, reached as a real one is."""

import pytest

from sizewise.errors import StoreError
from sizewise.records import load_run
from sizewise.run import RunOptions, run_suite
from sizewise.store import key_of, open_store
from support import crew
from support.fake_cluster import fake_cluster
from support.stages import make_suite

pytest.importorskip("s3fs")
server = pytest.importorskip("moto.server")


@pytest.fixture(scope="module")
def endpoint():
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    yield "http://{}:{}".format(*running.get_host_and_port())
    running.stop()


@pytest.fixture
def bucket(endpoint, monkeypatch):
    """A bucket, which the environment says how to reach, here and in processes started here."""
    import s3fs

    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "made-up")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "made-up")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    s3fs.S3FileSystem.clear_instance_cache()
    files = s3fs.S3FileSystem()
    files.mkdir("kept")
    yield "s3://kept/results"
    files.rm("kept", recursive=True)


def test_entries_in_a_bucket(bucket):
    import s3fs

    store, key = open_store(bucket), key_of("job", 1)
    assert store.value(key) is None
    store.put(key, {"a": 1}, {"w.bin": b"weights" * 1000})
    with store.opened(key) as entry:
        assert (entry.value, entry.read("w.bin")) == ({"a": 1}, b"weights" * 1000)
    (item,) = store.items()
    assert item.key == key
    assert item.used > 1_700_000_000
    files = s3fs.S3FileSystem()
    (path,) = files.find("kept/results")
    files.pipe_file(path, files.cat_file(path)[:-1])
    assert store.verify() == (0, [key])
    assert store.items() == []


def test_a_bucket_that_there_is_not(bucket):
    with pytest.raises(StoreError, match=r"s3://nowhere/x: cannot write: .*; name another store"):
        open_store("s3://nowhere/x").put(key_of("job", 1), {})


def test_a_server_that_does_not_answer(bucket, monkeypatch):
    import s3fs

    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    s3fs.S3FileSystem.clear_instance_cache()
    with pytest.raises(StoreError, match="cannot read"):
        open_store(bucket).value(key_of("job", 1))


def test_a_cluster_with_a_bucket(bucket, tmp_path, monkeypatch):
    crew.fake_workers(monkeypatch)
    suite = make_suite("one")
    with fake_cluster(tmp_path, workers=1) as cluster:
        options = RunOptions(cluster=cluster.address, store=bucket)
        there = load_run(run_suite(suite, output=tmp_path / "runs", options=options).folder)
    assert {row.status for row in there.records} == {"ok"}
    assert all((there.path / row.artifact_path / "model.bin").is_file() for row in there.records)
    again = run_suite(suite, output=tmp_path / "runs", options=RunOptions(store=bucket))
    assert again.reused == 8
