import hashlib

import pytest

from sizewise.convert.artifact import Written, digest, write_artifact
from sizewise.domain import ArtifactFile, Signature, Target
from sizewise.errors import ConversionError

SIGNATURE = Signature("serving_default", (), ())


def fill(folder):
    (folder / "b.bin").write_bytes(b"weights")
    (folder / "a.json").write_bytes(b"{}")
    return Written(["a.json", "b.bin"], SIGNATURE, ("a note",))


def test_the_manifest_is_what_was_written(tmp_path):
    artifact = write_artifact(Target.TFJS, "uint8", tmp_path / "out" / "model", fill)
    assert artifact.files == (
        ArtifactFile("a.json", 2, hashlib.sha256(b"{}").hexdigest()),
        ArtifactFile("b.bin", 7, hashlib.sha256(b"weights").hexdigest()),
    )
    assert artifact.entry.read_bytes() == b"{}"
    assert artifact.sha256 == digest(artifact.files)
    assert artifact.notes == ("a note",)
    assert (artifact.target, artifact.encoding, artifact.signature) == ("tfjs", "uint8", SIGNATURE)


def test_the_digest_depends_on_names_content_and_order():
    one, two, other = (
        ArtifactFile(name, 1, sha) for name, sha in [("a", "0"), ("b", "1"), ("a", "1")]
    )
    digests = {digest(files) for files in [(one, two), (two, one), (one,), (other,)]}
    assert len(digests) == 4


def test_nothing_stays_behind_where_writing_fails(tmp_path):
    def half(folder):
        fill(folder)
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_artifact(Target.TFJS, "uint8", tmp_path / "model", half)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_folder_is_not_touched(tmp_path):
    (tmp_path / "stale.bin").write_bytes(b"old")
    with pytest.raises(ConversionError, match="exists already; remove it"):
        write_artifact(Target.TFJS, "uint8", tmp_path, fill)
    assert [path.name for path in tmp_path.iterdir()] == ["stale.bin"]
