"""What the data of a suite leads to, and whether there are samples to fine-tune on.

Whether samples fit the model is for those who read them to say.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from sizewise.config.code import CODE
from sizewise.config.looks import folders_in, require_content, require_zip
from sizewise.config.paths import ZOO, existing, zoo_name
from sizewise.domain import DataKind, DataSource, Location
from sizewise.errors import SuiteError

_DATA = (
    "data is zoo:NAME, the path of an .npz with x and y, of a .csv or of a folder with a folder "
    "of images for each class, or package.module:function"
)
_LABELLED_BY_CLASS = (DataKind.CSV, DataKind.IMAGES)
"""Kinds whose labels are one value a sample."""
_TRAIN, _MEMBER = "_train", ".npy"


def find_data(
    written: str,
    folder: Path,
    at: Location | None,
    *,
    train: str | None = None,
    label: str | None = None,
) -> DataSource:
    """The samples that ``written`` names, with those to fine-tune on that ``train`` does; paths
    are relative to ``folder``.

    Raises SuiteError where there are none, and where they do not take ``train`` or ``label``.
    """
    source = _find(written, folder, at)
    if label is not None:
        if source.kind is not DataKind.CSV:
            raise SuiteError(
                f"{written} has no columns to take labels from",
                where=at,
                advice="label is for a .csv: leave it out",
            )
        source = replace(source, label=label)
    if train is None:
        return source
    if source.kind in (DataKind.ZOO, DataKind.CODE):
        raise SuiteError(
            f"{written} brings its own samples to train on", where=at, advice="leave train out"
        )
    found = _find(train, folder, at)
    if found.kind is not source.kind:
        raise SuiteError(
            f"train is {train}, which is not of the same kind as {written}",
            where=at,
            advice=f"name {_IN_WORDS[source.kind]}",
        )
    if Path(found.location).resolve() == Path(source.location).resolve():
        raise SuiteError(
            f"train is {train}, which the model is judged on",
            where=at,
            advice="name other samples: what was learnt by heart says nothing",
        )
    return replace(source, train=found.location)


_IN_WORDS = {
    DataKind.NPZ: "another .npz",
    DataKind.CSV: "another .csv",
    DataKind.IMAGES: "another folder with the same classes",
}


def _find(written: str, folder: Path, at: Location | None) -> DataSource:
    if written.startswith(ZOO):
        zoo_name(written, "data", at)
        return DataSource(written, at=at)
    if CODE.fullmatch(written) and not (folder / written).exists():
        return DataSource(written, at=at, folder=folder.absolute())
    path = existing(written, folder, at, _DATA)
    source = DataSource(str(path), at=at)
    if path.is_dir():
        if not folders_in(path):
            raise SuiteError(
                f"{written} is a folder without folders of images",
                where=at,
                advice="it holds a folder of images for each class, named like it",
            )
        return source
    if source.kind is DataKind.NPZ:
        require_zip(path, written, at)
    elif source.kind is DataKind.CSV:
        require_content(path, written, at)
    else:
        raise SuiteError(f"{written} is no file of samples", where=at, advice=_DATA)
    return source


def check_metric(metric: str, source: DataSource, at: Location | None) -> None:
    """Raise SuiteError where the labels of ``source`` cannot be those of ``metric``."""
    if source.kind is DataKind.NOISE:
        raise SuiteError(
            f"{metric} needs labels, and the model has no data",
            where=at,
            advice="add data, or leave metric out: then the drift of the outputs is measured",
        )
    if metric == "mean_iou" and source.kind in _LABELLED_BY_CLASS:
        raise SuiteError(
            f"mean_iou needs a label for each pixel, and {_HAS[source.kind]}",
            where=at,
            advice="give the labels as y of an .npz",
        )
    if metric in ("mae", "rmse") and source.kind is DataKind.IMAGES:
        raise SuiteError(
            f"{metric} needs numbers to predict, and {_HAS[source.kind]}",
            where=at,
            advice="judge by accuracy, top5, auc or f1",
        )


_HAS = {
    DataKind.CSV: "a .csv has one label a row",
    DataKind.IMAGES: "a folder of images has one class an image",
}


def lacks_training(source: DataSource) -> str | None:
    """What is missing to fine-tune with ``source``, and is known without running its code;
    None if nothing is.
    """
    if source.train is not None or source.kind in (DataKind.ZOO, DataKind.CODE):
        return None
    if source.kind is DataKind.NOISE:
        return "it has no data"
    name = Path(source.location).name
    if source.kind is not DataKind.NPZ:
        return f"{name} holds samples to judge it on"
    inputs, labels = _trained_on(Path(source.location))
    missing = [key for key, there in (("x_train", inputs), ("y_train", labels)) if not there]
    return f"{name} has no {' and no '.join(missing)}" if missing else None


def _trained_on(npz: Path) -> tuple[bool, bool]:
    """Whether an ``.npz`` holds inputs and labels to train on, by the names of its arrays."""
    try:
        with ZipFile(npz) as archive:
            names = {name.removesuffix(_MEMBER) for name in archive.namelist()}
    except (BadZipFile, OSError):
        names = set()
    labels = f"y{_TRAIN}"
    return any(name.endswith(_TRAIN) and name != labels for name in names), labels in names
