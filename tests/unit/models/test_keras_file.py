import json
import zipfile

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
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "w.h5", "w") as file:
        file.attrs["keras_version"] = "2.19.0"
    with pytest.raises(SourceError, match="holds weights without a model"):
        read_keras_file(tmp_path / "w.h5")


def test_an_hdf5_file_of_before_versions(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "m.h5", "w") as file:
        file.attrs["model_config"] = b'{"class_name": "Sequential"}'
    file = read_keras_file(tmp_path / "m.h5")
    assert (file.library, file.config) == ("tf_keras", {"class_name": "Sequential"})
