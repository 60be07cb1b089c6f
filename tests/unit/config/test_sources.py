from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from sizewise.config.sources import find_download, find_source
from sizewise.domain import Location, Source, SourceKind
from sizewise.errors import SuiteError

AT = Location(Path("suite.yaml"), 3)
DIGEST = "0a" * 32
HDF5 = b"\x89HDF\r\n\x1a\n" + bytes(88)


@pytest.fixture
def folder(tmp_path):
    with zipfile.ZipFile(tmp_path / "whole.zip", "w") as archive:
        archive.writestr("x.npy", bytes(100))
    content = (tmp_path / "whole.zip").read_bytes()
    for name in ("model.keras", "MODEL.KERAS", "zip.h5"):
        (tmp_path / name).write_bytes(content)
    for name in ("model.h5", "model.hdf5", "hdf5.keras"):
        (tmp_path / name).write_bytes(HDF5)
    (tmp_path / "cut.keras").write_bytes(content[:-30])
    for name in ("empty.keras", "empty.h5"):
        (tmp_path / name).touch()
    for name in ("text.keras", "text.h5", "text.csv"):
        (tmp_path / name).write_text("not that")
    for name in ("binary/saved_model.pb", "text/saved_model.pbtxt"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    (tmp_path / "model.pb").write_bytes(b"graph")
    (tmp_path / "model.tflite").write_bytes(b"\x1c\0\0\0TFL3")
    (tmp_path / "web").mkdir()
    (tmp_path / "web/model.json").write_text("{}")
    (tmp_path / "hollow").mkdir()
    (tmp_path / "crowd").mkdir()
    for name in "abcde":
        (tmp_path / "crowd" / name).touch()
    (tmp_path / "deep/1").mkdir(parents=True)
    (tmp_path / "deep/1/saved_model.pb").touch()
    return tmp_path


def test_a_zoo_model(folder):
    assert find_source("zoo:digits-cnn", folder, AT) == Source(SourceKind.ZOO, "digits-cnn", AT)


@pytest.mark.parametrize("written", ["binary", "binary/", "./text", "hollow/../binary"])
def test_a_saved_model(folder, written):
    source = find_source(written, folder, AT)
    assert source.kind is SourceKind.SAVED_MODEL
    assert Path(source.location) in {folder / "binary", folder / "text"}
    assert source.at == AT


@pytest.mark.parametrize("written", ["model.keras", "MODEL.KERAS", "model.h5", "model.hdf5"])
def test_a_keras_file(folder, written):
    assert find_source(written, folder, AT) == Source(SourceKind.KERAS, str(folder / written), AT)


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("web", SourceKind.TFJS),
        ("web/model.json", SourceKind.TFJS),
        ("model.tflite", SourceKind.TFLITE),
    ],
)
def test_a_converted_model(folder, written, kind):
    assert find_source(written, folder, AT) == Source(kind, str(folder / written), AT)


def test_a_frozen_graph(folder):
    source = find_source("model.pb", folder, AT, outputs=["y"], inputs=["x:0"])
    assert source == Source(
        SourceKind.FROZEN_GRAPH, str(folder / "model.pb"), AT, inputs=("x:0",), outputs=("y",)
    )


def test_tags_of_a_saved_model(folder):
    assert find_source("binary", folder, AT, tags=["serve", "gpu"]).tags == ("serve", "gpu")


@pytest.mark.parametrize("written", ["models:make", "own.models:Net.make", "_m:_f"])
def test_code_is_named_and_not_run(folder, written, monkeypatch):
    source = find_source(written, folder, AT)
    assert source == Source(SourceKind.CODE, written, AT, folder=folder)
    monkeypatch.chdir(folder.parent)
    assert find_source(written, Path(folder.name), AT).folder == folder


def test_a_file_with_a_colon_in_its_name_is_a_file(folder):
    (folder / "a:b").mkdir()
    (folder / "a:b/saved_model.pb").touch()
    assert find_source("a:b", folder, AT).kind is SourceKind.SAVED_MODEL


@pytest.mark.parametrize("ending", ["zip", "tar.gz", "tgz", "keras", "h5", "tflite", "KERAS"])
@pytest.mark.parametrize("written", [DIGEST, DIGEST.upper(), f"sha256:{DIGEST}"])
def test_a_download(ending, written):
    url = f"https://example.org/m.{ending}?download=true"
    assert find_download(url, written, AT) == Source(SourceKind.URL, url, AT, sha256=DIGEST)


@pytest.mark.parametrize(
    ("url", "details", "message"),
    [
        ("ftp://example.org/m.zip", {}, "'ftp://example.org/m.zip' is no URL; it starts with"),
        ("https:///m.zip", {}, "'https:///m.zip' is no URL; it starts with https://"),
        ("https://example.org/", {}, "https://example.org/ is no model file and no archive; it"),
        ("https://example.org/m.h5", {"tags": ["serve"]}, "https://example.org/m.h5 takes no tags"),
        ("https://example.org/m.pb", {}, "https://example.org/m.pb does not say which of its"),
    ],
)
def test_what_is_no_download(url, details, message):
    with pytest.raises(SuiteError) as raised:
        find_download(url, DIGEST, AT, **details)
    assert str(raised.value).startswith(f"suite.yaml:3: {message}")


def test_a_place_is_not_needed(folder):
    with pytest.raises(SuiteError, match=r"^no such file or folder: modl.keras; did you mean"):
        find_source("modl.keras", folder)


def test_an_absolute_path(folder):
    source = find_source(str(folder / "model.h5"), Path("elsewhere"), AT)
    assert source.location == str(folder / "model.h5")


def test_a_path_is_relative_to_the_folder_of_the_suite(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert find_source("../model.h5", Path("binary"), AT).location == str(folder / "model.h5")


def test_a_link_keeps_its_own_name(folder):
    (folder / "blob-3f2a").write_bytes(HDF5)
    (folder / "link.h5").symlink_to("blob-3f2a")
    assert find_source("link.h5", folder, AT).location == str(folder / "link.h5")


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("zoo:digit-cnn", "unknown zoo model 'digit-cnn'; did you mean 'digits-cnn'?"),
        ("zoo:", "unknown zoo model ''; known: digits-cnn, diabetes-mlp"),
        ("digits-cnn", "no such file or folder: digits-cnn; did you mean 'zoo:digits-cnn'?"),
        ("modl.keras", "no such file or folder: modl.keras; did you mean 'model.keras'?"),
        ("no/where", "no such file or folder: no/where; paths are relative to the suite's folder"),
        ("~/model", "no such file or folder: ~/model; write ${HOME} instead of ~"),
        ("gs://b/m", "no such file or folder: gs://b/m; a source is zoo:NAME, "),
        ("", "the path is empty; a source is zoo:NAME, "),
        ("hollow", "hollow is a folder that is no SavedModel: it holds nothing; a SavedModel"),
        ("crowd", "crowd is a folder that is no SavedModel: it holds a, b, c and 2 more; "),
        ("deep/", "deep/ is a folder that is no SavedModel: it holds 1; did you mean 'deep/1'?"),
        ("binary/saved_model.pb", "binary/saved_model.pb is one file of a SavedModel; name the"),
        ("text.csv", "text.csv is no model file; a source is zoo:NAME, "),
        ("cut.keras", "cut.keras is truncated: the zip archive has no end; "),
        ("empty.keras", "empty.keras is empty; "),
        ("empty.h5", "empty.h5 is empty; "),
        ("text.keras", "text.keras is no .keras file: it is no zip archive"),
        ("text.h5", "text.h5 is no HDF5 file"),
        ("zip.h5", "zip.h5 is no HDF5 file; give it the ending .keras"),
        ("hdf5.keras", "hdf5.keras is no .keras file but an HDF5 file; give it the ending .h5"),
        ("x" * 300, f"{'x' * 300} cannot be read: File name too long"),
    ],
)
def test_what_is_no_source(folder, written, message):
    with pytest.raises(SuiteError) as raised:
        find_source(written, folder, AT)
    assert str(raised.value).startswith(f"suite.yaml:3: {message}")
