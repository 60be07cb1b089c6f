import io
import zipfile
from types import SimpleNamespace

import numpy as np
import pytest

from sizewise.errors import DataError
from sizewise.models.arrays import read_npz


def test_every_array_is_read(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", x=np.eye(3), words=np.array(["a", "bc"]))
    read = read_npz(tmp_path / "a.npz")
    assert read.origin == "a.npz"
    np.testing.assert_array_equal(read.arrays["x"], np.eye(3))
    assert read.arrays["words"].tolist() == ["a", "bc"]


def test_nothing_is_unpickled(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (pytest.fail, ("a pickle was run",))

    np.savez(tmp_path / "a.npz", x=np.array([Bomb()], dtype=object))
    with pytest.raises(DataError, match=r"x in .*a.npz is an array of objects"):
        read_npz(tmp_path / "a.npz")


def test_a_missing_file(tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        read_npz(tmp_path / "a.npz")


def test_a_file_of_another_kind(tmp_path):
    np.save(tmp_path / "a.npy", np.eye(3))
    with pytest.raises(DataError, match=r"is no .npz file, or cut short"):
        read_npz(tmp_path / "a.npy")


def test_a_truncated_file(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, x=np.arange(1000))
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(DataError, match=r"is no .npz file, or cut short"):
        read_npz(path)


def test_damaged_contents(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, x=np.arange(1000))
    content = bytearray(path.read_bytes())
    content[3000] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"x in .*a.npz cannot be read"):
        read_npz(path)


def test_a_single_value_has_no_samples(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.float32(1))
    with pytest.raises(DataError, match=r"x in .*a.npz is a single value"):
        read_npz(tmp_path / "a.npz")


def write_members(path, **members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def npy(shape=(2, 3)):
    """A file of NumPy's for that many bytes of zeros, of which it holds six."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        file, {"descr": "|u1", "fortran_order": False, "shape": shape}
    )
    return file.getvalue() + bytes(6)


def test_names_that_lead_elsewhere_are_names_and_nothing_else(tmp_path):
    folder = tmp_path / "inner"
    folder.mkdir()
    write_members(folder / "a.npz", **{"../x.npy": npy(), f"{tmp_path}/y.npy": npy()})
    read = read_npz(folder / "a.npz")
    assert {array.shape for array in read.arrays.values()} == {(2, 3)}
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [folder / "a.npz"]


def test_an_array_that_says_that_it_is_larger_than_it_is(tmp_path):
    write_members(tmp_path / "a.npz", **{"x.npy": npy((1 << 50,))})
    with pytest.raises(DataError, match=r"x in .*a.npz cannot be read"):
        read_npz(tmp_path / "a.npz")


def test_an_archive_that_unpacks_to_more_than_the_memory(tmp_path, monkeypatch):
    np.savez_compressed(tmp_path / "a.npz", x=np.zeros(100_000, np.uint8))
    assert (tmp_path / "a.npz").stat().st_size < 1000
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(total=100_000))
    with pytest.raises(DataError, match=r"a.npz unpacks to 100 kB, more than the memory .*; store"):
        read_npz(tmp_path / "a.npz")
