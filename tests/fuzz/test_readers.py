"""Files from strangers: a good result or an error of the catalogue, whatever they hold.

``make fuzz`` looks longer. Anything but a SizewiseError, a hang, or a file outside of the folder
fails here.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sizewise.config import load_suite
from sizewise.domain import Artifact, ArtifactFile, Signature, Target
from sizewise.errors import RecordsError, SizewiseError
from sizewise.measure import read_weights
from sizewise.models.arrays import read_npz
from sizewise.models.tfjs.files import read_model
from sizewise.models.tfjs.weights import read_weights as read_source_weights
from sizewise.plan import make_plan
from sizewise.records import load_run
from sizewise.run.reuse import Reuse
from sizewise.store import key_of, open_store
from sizewise.store.entry import FORMAT
from support import hostile
from support.stages import make_suite

# One folder serves all examples of a test: each of them writes every file anew.
many = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def artifact_of(folder: Path, target: Target) -> Artifact:
    files = sorted(folder.iterdir(), key=lambda path: path.suffix == ".bin")
    entries = tuple(
        ArtifactFile(path.name, path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in files
    )
    return Artifact(target, "float32", folder, entries, "0" * 64, Signature("serve", (), ()))


@many
@given(content=hostile.edited_bytes(hostile.SUITE.encode()) | st.text().map(str.encode))
@example(content=b"a: &a [*a]")
@example(content=b"models: !!python/object/apply:os.system [true]")
@example(content=b"\xff\xfe")
@example(content=b"[" * 5000)
def test_a_suite(tmp_path, content):
    path = tmp_path / "suite.yaml"
    path.write_bytes(content)
    with suppress(SizewiseError):
        load_suite(path)


@many
@given(content=hostile.edited_bytes(hostile.npz_bytes()))
def test_a_data_file(tmp_path, content):
    path = tmp_path / "data.npz"
    path.write_bytes(content)
    with suppress(SizewiseError):
        read_npz(path)


@many
@given(
    model=hostile.edited_file(hostile.TFJS_MODEL),
    shard=st.just(hostile.SHARD) | hostile.edited_bytes(hostile.SHARD),
)
def test_a_model_of_tensorflow_js(tmp_path, model, shard):
    (tmp_path / "model.json").write_bytes(model)
    (tmp_path / "group1-shard1of1.bin").write_bytes(shard)
    with suppress(SizewiseError):
        read_source_weights(read_model(tmp_path))
    for target in (Target.TFJS, Target.TFJS_LAYERS):
        with suppress(SizewiseError):
            read_weights(artifact_of(tmp_path, target))


@many
@given(data=st.data())
def test_a_tflite_file(tmp_path, tflite, data):
    (tmp_path / "model.tflite").write_bytes(data.draw(hostile.edited_bytes(tflite)))
    with suppress(SizewiseError):
        read_weights(artifact_of(tmp_path, Target.TFLITE))


@many
@given(
    header=st.just(json.dumps(hostile.RUN_HEADER).encode())
    | hostile.edited_file(hostile.RUN_HEADER),
    row=hostile.edited_file(hostile.ROW),
)
@example(header=b'{"format": 1e400}', row=b"")
def test_records(tmp_path, header, row):
    (tmp_path / "run.json").write_bytes(header)
    (tmp_path / "records.jsonl").write_bytes(row + b"\n")
    with suppress(SizewiseError):
        load_run(tmp_path)


def entry_of(header, files):
    """An entry whose digest is right, whatever it says."""
    rest = header + b"\n" + files
    digest = hashlib.sha256(rest).hexdigest()
    return f"{FORMAT} {digest}\n".encode() + rest


def contents(folder):
    return {path.relative_to(folder) for path in folder.rglob("*")}


_ELSEWHERE = Path(tempfile.gettempdir(), "sizewise-written-by-an-entry")
_VALUE = json.loads(hostile.ENTRY)["value"]
_ESCAPING = json.dumps({"value": _VALUE, "files": [[f"artifact/{_ELSEWHERE}", 3]]}).encode()
_OTHER_NAME = {**_VALUE, "row": {**_VALUE["row"], "artifact_sha256": "../../../evil.js"}}
_CLIMBING = json.dumps({"value": _OTHER_NAME, "files": [["tensors.json", 3]]}).encode()


@many
@given(
    content=hostile.edited_bytes(entry_of(hostile.ENTRY, b"abc"))
    | hostile.edited_file(json.loads(hostile.ENTRY)).map(lambda header: entry_of(header, b"abc"))
)
@example(content=entry_of(b'{"value": {}, "files": [["a", -3]]}', b"abc"))
@example(content=entry_of(b'{"value": {}, "files": [["a", 1000000000000]]}', b"abc"))
@example(content=entry_of(_ESCAPING, b"abc"))
@example(content=entry_of(_CLIMBING, b"abc"))
@example(content=b"sizewise-store-0 " + b"0" * 64 + b"\n{}")
def test_an_entry_of_the_store(tmp_path, content):
    """What is believed leads nowhere outside of the run's folder, and ends."""
    store, key = open_store(str(tmp_path / "store")), key_of("job", 1)
    path = tmp_path / "store" / "job" / key.removeprefix("job/")[:2] / key.removeprefix("job/")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    (job, *_) = make_plan(make_suite("net")).jobs
    with tempfile.TemporaryDirectory(dir=tmp_path) as scratch:
        run = Path(scratch, "below", "run")
        run.mkdir(parents=True)
        with suppress(RecordsError):
            Reuse(store, fresh=False, warn=print).job(key, job, run)
        assert contents(Path(scratch)) - {Path("below"), Path("below/run")} == {
            Path("below/run") / path for path in contents(run)
        }
    assert not _ELSEWHERE.exists()
    with suppress(SizewiseError):
        assert Reuse(store, fresh=False, warn=print).environment({}, ()) is None


def test_the_samples_are_good(tmp_path, tflite):
    """What the others start from; else they would test nothing but the first check."""
    (tmp_path / "suite.yaml").write_text(hostile.SUITE)
    assert load_suite(tmp_path / "suite.yaml").name == "small"
    (tmp_path / "data.npz").write_bytes(hostile.npz_bytes())
    assert set(read_npz(tmp_path / "data.npz").arrays) == {"x", "y"}
    web = tmp_path / "web"
    web.mkdir()
    (web / "model.json").write_text(json.dumps(hostile.TFJS_MODEL))
    (web / "group1-shard1of1.bin").write_bytes(hostile.SHARD)
    assert set(read_source_weights(read_model(web)).values) == {"kernel", "bias"}
    assert read_weights(artifact_of(web, Target.TFJS)).sparsity == pytest.approx(2 / 6)
    lite = tmp_path / "lite"
    lite.mkdir()
    (lite / "model.tflite").write_bytes(tflite)
    assert read_weights(artifact_of(lite, Target.TFLITE)).weight_bytes == 24
    store, key = open_store(str(tmp_path / "store")), key_of("job", 1)
    header = json.loads(hostile.ENTRY)
    store.put(key, header["value"], {name: b"abc" for name, _ in header["files"]})
    (job, *_) = make_plan(make_suite("net")).jobs
    taken = Reuse(store, fresh=False, warn=print).job(key, job, tmp_path / "taken")
    assert taken is not None
    assert (tmp_path / "taken" / taken.record.artifact_path / "w.bin").read_bytes() == b"abc"
    run = tmp_path / "run"
    run.mkdir()
    (run / "run.json").write_text(json.dumps(hostile.RUN_HEADER))
    (run / "records.jsonl").write_text(json.dumps(hostile.ROW) + "\n")
    assert load_run(run).records[0].job_id == "kws/uint8@tfjs"
