from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from sizewise.config.data import check_metric, find_data, lacks_training
from sizewise.domain import DataKind, DataSource, Location
from sizewise.errors import SuiteError

AT = Location(Path("suite.yaml"), 3)


def archive(path, *names):
    with zipfile.ZipFile(path, "w") as opened:
        for name in names:
            opened.writestr(f"{name}.npy", bytes(100))


@pytest.fixture
def folder(tmp_path):
    archive(tmp_path / "data.npz", "x", "y")
    archive(tmp_path / "whole.npz", "x", "y", "x_train", "y_train")
    archive(tmp_path / "half.npz", "x", "y", "x_train")
    archive(tmp_path / "labels.npz", "x", "y", "y_train")
    archive(tmp_path / "two.npz", "left", "right", "y", "left_train", "right_train", "y_train")
    content = (tmp_path / "data.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(content[:-30])
    (tmp_path / "hdf5.npz").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(88))
    for name in ("empty.npz", "empty.csv"):
        (tmp_path / name).touch()
    for name in ("text.npz", "table.CSV", "train.csv", "notes.txt"):
        (tmp_path / name).write_text("a,label\n1,0\n")
    for name in ("photos/cat", "photos/dog", "photos-train/cat", "flat/.cache"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "flat/one.png").touch()
    return tmp_path


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("zoo:digits-cnn", DataKind.ZOO),
        ("data.npz", DataKind.NPZ),
        ("table.CSV", DataKind.CSV),
        ("photos", DataKind.IMAGES),
        ("photos/", DataKind.IMAGES),
        ("own.data:samples", DataKind.CODE),
        ("own:Data.samples", DataKind.CODE),
    ],
)
def test_data_by_its_spelling(folder, written, kind):
    source = find_data(written, folder, AT)
    assert source.kind is kind
    assert source.at == AT
    assert source.folder == (folder if kind is DataKind.CODE else None)


def test_a_path_is_absolute_and_a_zoo_name_as_written(folder):
    assert find_data("zoo:digits-cnn", folder, AT) == DataSource("zoo:digits-cnn", at=AT)
    assert find_data("data.npz", folder, AT) == DataSource(str(folder / "data.npz"), at=AT)


@pytest.mark.parametrize(
    ("written", "train"),
    [("data.npz", "half.npz"), ("table.CSV", "train.csv"), ("photos", "photos-train")],
)
def test_samples_to_train_on(folder, written, train):
    source = find_data(written, folder, AT, train=train)
    assert source.train == str(folder / train)
    assert lacks_training(source) is None


def test_the_column_of_the_labels(folder):
    assert find_data("table.CSV", folder, AT).label == "label"
    assert find_data("table.CSV", folder, AT, label="class").label == "class"


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("zoo:digit-cnn", "unknown zoo data 'digit-cnn'; did you mean 'digits-cnn'?"),
        ("dat.npz", "no such file or folder: dat.npz; did you mean 'data.npz'?"),
        ("", "the path is empty; data is zoo:NAME, "),
        ("gs://b/d.npz", "no such file or folder: gs://b/d.npz; data is zoo:NAME, "),
        ("notes.txt", "notes.txt is no file of samples; data is zoo:NAME, "),
        ("flat", "flat is a folder without folders of images; it holds a folder of images for"),
        ("cut.npz", "cut.npz is truncated: the zip archive has no end; "),
        ("empty.npz", "empty.npz is empty; "),
        ("empty.csv", "empty.csv is empty; "),
        ("text.npz", "text.npz is no .npz file: it is no zip archive"),
        ("hdf5.npz", "hdf5.npz is no .npz file but an HDF5 file"),
    ],
)
def test_what_is_no_data(folder, written, message):
    with pytest.raises(SuiteError) as raised:
        find_data(written, folder, AT)
    assert str(raised.value).startswith(f"suite.yaml:3: {message}")


@pytest.mark.parametrize(
    ("written", "details", "message"),
    [
        ("data.npz", {"label": "class"}, "data.npz has no columns to take labels from"),
        ("zoo:digits-cnn", {"train": "data.npz"}, "zoo:digits-cnn brings its own samples"),
        ("own:samples", {"train": "data.npz"}, "own:samples brings its own samples"),
        ("data.npz", {"train": "train.csv"}, "train is train.csv, which is not of the same kind"),
        ("photos", {"train": "data.npz"}, "train is data.npz, which is not of the same kind"),
        ("data.npz", {"train": "photos/../data.npz"}, "train is photos/../data.npz, which the"),
        ("data.npz", {"train": "tran.npz"}, "no such file or folder: tran.npz"),
    ],
)
def test_what_data_does_not_take(folder, written, details, message):
    with pytest.raises(SuiteError) as raised:
        find_data(written, folder, AT, **details)
    assert str(raised.value).startswith(f"suite.yaml:3: {message}")
    assert raised.value.advice


@pytest.mark.parametrize(
    ("written", "lacking"),
    [
        ("zoo:digits-cnn", None),
        ("own:samples", None),
        ("whole.npz", None),
        ("two.npz", None),
        ("data.npz", "data.npz has no x_train and no y_train"),
        ("half.npz", "half.npz has no y_train"),
        ("labels.npz", "labels.npz has no x_train"),
        ("table.CSV", "table.CSV holds samples to judge it on"),
        ("photos", "photos holds samples to judge it on"),
    ],
)
def test_what_is_missing_to_train(folder, written, lacking):
    assert lacks_training(find_data(written, folder, AT)) == lacking


def test_there_is_nothing_to_train_on_without_data():
    assert lacks_training(DataSource("")) == "it has no data"


@pytest.mark.parametrize(
    ("metric", "location", "message"),
    [
        ("accuracy", "", "accuracy needs labels, and the model has no data"),
        ("own:metric", "", "own:metric needs labels, and the model has no data"),
        ("mean_iou", "a.csv", "mean_iou needs a label for each pixel, and a .csv has one label"),
        ("mean_iou", "photos", "mean_iou needs a label for each pixel, and a folder of images"),
        ("mae", "photos", "mae needs numbers to predict, and a folder of images has one class"),
    ],
)
def test_labels_that_cannot_be_those_of_a_metric(metric, location, message):
    with pytest.raises(SuiteError) as raised:
        check_metric(metric, DataSource(location), AT)
    assert str(raised.value).startswith(f"suite.yaml:3: {message}")


@pytest.mark.parametrize(
    ("metric", "location"),
    [("mean_iou", "a.npz"), ("mae", "a.csv"), ("accuracy", "photos"), ("own:metric", "photos")],
)
def test_labels_that_may_be_those_of_a_metric(metric, location):
    check_metric(metric, DataSource(location), AT)
