"""Fuzz one reader of JSON for a while: ``python -m tools.fuzz records 60``.

The inputs are bytes that atheris mutates for coverage of our own code. Anything but a good result
or an error of the catalogue ends it with the input at fault.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
OURS = [
    "sizewise.measure.tfjs",
    "sizewise.measure.tfjs_graph",
    "sizewise.models.tfjs.files",
    "sizewise.models.tfjs.weights",
    "sizewise.records.reading",
    "sizewise.records.schema",
]
SECONDS = 60


def records(folder: Path) -> Callable[[bytes], None]:
    """The reader of runs: a header up to the first NUL, then the journal."""
    from sizewise.records import load_run

    def read(content: bytes) -> None:
        header, _, journal = content.partition(b"\0")
        (folder / "run.json").write_bytes(header)
        (folder / "records.jsonl").write_bytes(journal)
        load_run(folder)

    return read


def tfjs(folder: Path) -> Callable[[bytes], None]:
    """The readers of TF.js models: a ``model.json`` up to the first NUL, then its shard."""
    from sizewise.domain import Artifact, ArtifactFile, Signature, Target
    from sizewise.errors import SizewiseError
    from sizewise.measure import read_weights
    from sizewise.models.tfjs.files import read_model
    from sizewise.models.tfjs.weights import read_weights as read_source_weights

    names = ("model.json", "group1-shard1of1.bin")

    def read(content: bytes) -> None:
        parts = content.partition(b"\0")[::2]
        for name, part in zip(names, parts, strict=True):
            (folder / name).write_bytes(part)
        files = tuple(
            ArtifactFile(name, len(part), hashlib.sha256(part).hexdigest())
            for name, part in zip(names, parts, strict=True)
        )
        # What is refused as a source still goes to the artifacts' reader.
        with suppress(SizewiseError):
            read_source_weights(read_model(folder))
        signature = Signature("serve", (), ())
        read_weights(Artifact(Target.TFJS, "float32", folder, files, "0" * 64, signature))

    return read


READERS = {"records": records, "tfjs": tfjs}


def corpus(name: str) -> bytes:
    """A good file to start from."""
    sys.path.insert(0, str(ROOT / "tests"))
    hostile = importlib.import_module("support.hostile")
    if name == "records":
        row = json.dumps(hostile.ROW).encode()
        return json.dumps(hostile.RUN_HEADER).encode() + b"\0" + row + b"\n"
    return json.dumps(hostile.TFJS_MODEL).encode() + b"\0" + bytes(hostile.SHARD)


def main(name: str, seconds: str = str(SECONDS)) -> None:
    """Fuzz until the time is over; a finding ends the process with its input on disk."""
    try:
        import atheris
    except ImportError:
        sys.exit("atheris is not installed here: it has wheels for Linux only")
    with atheris.instrument_imports(include=OURS):
        for module in OURS:
            importlib.import_module(module)
    from sizewise.errors import SizewiseError

    with tempfile.TemporaryDirectory() as scratch:
        samples, folder = Path(scratch, "corpus"), Path(scratch, "files")
        samples.mkdir()
        folder.mkdir()
        (samples / "good").write_bytes(corpus(name))
        read = READERS[name](folder)

        def one(content: bytes) -> None:
            try:
                read(content)
            except SizewiseError:
                return

        found = Path(tempfile.gettempdir(), f"fuzz-{name}-")
        arguments = [f"-max_total_time={seconds}", "-timeout=10", f"-artifact_prefix={found}"]
        atheris.Setup([sys.argv[0], *arguments, str(samples)], one)
        atheris.Fuzz()


if __name__ == "__main__":
    os.environ.setdefault("SIZEWISE_CACHE", tempfile.mkdtemp())
    main(*sys.argv[1:])
