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
