import io
import json
import zipfile

import h5py
import pytest

from sizewise.errors import SourceError
from sizewise.models.keras_file import KerasFile, read_keras_file


@pytest.mark.parametrize(
    ("version", "library"),
    [
        ("3.15.1", "keras"),
        ("3.0.0", "keras"),
        ("10.1", "keras"),
        ("2.19.0", "tf_keras"),
        ("2.3.0-tf", "tf_keras"),
        ("1.2.2", "tf_keras"),
        ("2", "tf_keras"),
    ],
)
def test_each_version_has_its_reader(version, library):
    assert KerasFile(version, {}).library == library


def test_an_archive_says_who_wrote_it(tmp_path):
    path = tmp_path / "m.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.4.1"}))
        archive.writestr("config.json", json.dumps({"class_name": "Sequential"}))
    assert read_keras_file(path) == KerasFile("3.4.1", {"class_name": "Sequential"})


def test_an_archive_of_something_else(tmp_path):
    path = tmp_path / "m.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("letter.txt", "dear all")
    with pytest.raises(SourceError, match=r"is no readable .keras file .*metadata.json"):
        read_keras_file(path)


def test_the_bytes_tell_the_kind_not_the_name(tmp_path):
    path = tmp_path / "m.keras"
    path.write_bytes(b"PK and no more")
    with pytest.raises(SourceError, match="is no Keras file, or cut short"):
        read_keras_file(path)
    path.write_bytes(b"\x89HDF\r\n\x1a\n and no more")
    with pytest.raises(SourceError, match=r"is no readable HDF5 file"):
        read_keras_file(path)
    with pytest.raises(SourceError, match="does not exist"):
        read_keras_file(tmp_path / "n.keras")


def test_weights_alone_are_no_model(tmp_path):
    with h5py.File(tmp_path / "w.h5", "w") as file:
        file.attrs["keras_version"] = "2.19.0"
    with pytest.raises(SourceError, match="holds weights without a model"):
        read_keras_file(tmp_path / "w.h5")


def test_an_hdf5_file_of_before_versions(tmp_path):
    with h5py.File(tmp_path / "m.h5", "w") as file:
        file.attrs["model_config"] = b'{"class_name": "Sequential"}'
    file = read_keras_file(tmp_path / "m.h5")
    assert (file.library, file.config) == ("tf_keras", {"class_name": "Sequential"})


def write_archive(path, members, weights=None):
    """A ``.keras`` file with further ``members`` and ``weights``, a function of an HDF5 file."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.4.1"}))
        archive.writestr("config.json", "{}")
        if weights is not None:
            archive.writestr("model.weights.h5", hdf5(weights))
        for member, content in members:
            archive.writestr(member, content)
    return path


def hdf5(fill):
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        file.attrs["model_config"] = "{}"
        fill(file)
    return content.getvalue()


def link():
    info = zipfile.ZipInfo("assets")
    info.external_attr = 0o120777 << 16
    return info


@pytest.mark.parametrize(
    ("member", "message"),
    [
        ("../x", r"m.keras has a member outside of its folder: '\.\./x'; save the model again"),
        ("/x", "m.keras has a member outside of its folder: '/x'"),
        ("assets/../../x", "m.keras has a member outside of its folder"),
        (link(), "m.keras has a member that is no plain file: 'assets'"),
    ],
)
def test_members_that_lead_out_of_an_archive(tmp_path, member, message):
    path = write_archive(tmp_path / "inner.keras", [(member, "/etc")]).rename(tmp_path / "m.keras")
    with pytest.raises(SourceError, match=message):
        read_keras_file(path)
    assert list(tmp_path.iterdir()) == [path]


def test_what_an_archive_unpacks_to_is_bounded(tmp_path, monkeypatch):
    path = write_archive(tmp_path / "m.keras", [("assets/x", bytes(100_000))])
    assert path.stat().st_size < 1000
    monkeypatch.setattr("sizewise.models.archives.MAX_BYTES", 100_000)
    with pytest.raises(SourceError, match=r"m.keras unpacks to more than 100 kB; save"):
        read_keras_file(path)
    monkeypatch.setattr("sizewise.models.archives.MAX_FILES", 2)
    with pytest.raises(SourceError, match=r"m.keras has over 2 files"):
        read_keras_file(path)


def test_a_description_of_the_model_that_is_no_description(tmp_path, monkeypatch):
    monkeypatch.setattr("sizewise.models.keras_file._MAX_TEXT_BYTES", 10)
    with pytest.raises(SourceError, match=r"metadata.json is larger than 10 B"):
        read_keras_file(write_archive(tmp_path / "m.keras", []))


def lead_elsewhere(file):
    file["layers"] = h5py.ExternalLink("/etc/hostname", "/")


def keep_elsewhere(file):
    file.create_dataset("layers/kernel", (3,), "u1", external=[("/etc/hostname", 0, 3)])


def assemble(file):
    layout = h5py.VirtualLayout((3,), "u1")
    layout[:] = h5py.VirtualSource("other.h5", "kernel", (3,))
    file.create_virtual_dataset("kernel", layout)


@pytest.mark.parametrize("fill", [lead_elsewhere, keep_elsewhere, assemble])
@pytest.mark.parametrize("form", ["h5", "keras"])
def test_weights_that_are_in_another_file(tmp_path, fill, form):
    path = tmp_path / f"m.{form}"
    if form == "keras":
        write_archive(path, [], fill)
    else:
        path.write_bytes(hdf5(fill))
    with pytest.raises(SourceError, match=r"m\.(h5|keras, .*) leads to another file"):
        read_keras_file(path)


def test_weights_that_say_that_they_are_larger_than_they_are(tmp_path):
    """HDF5 keeps no bytes for what was never written."""
    path = tmp_path / "m.h5"
    path.write_bytes(hdf5(lambda file: file.create_dataset("a", (1 << 40,), "f4", chunks=(1024,))))
    assert path.stat().st_size < 10_000
    with pytest.raises(SourceError, match=r"m.h5 says that it holds more than 8.59 GB of values"):
        read_keras_file(path)


def test_groups_that_contain_each_other_end(tmp_path):
    def fill(file):
        file["a/b/kernel"] = [1.0]
        file["a/b/c"] = file["a"]
        file["soft"] = h5py.SoftLink("/a/b")

    path = tmp_path / "m.h5"
    path.write_bytes(hdf5(fill))
    assert read_keras_file(path) == KerasFile("2", {})
