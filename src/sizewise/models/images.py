"""Samples from a folder of images: a folder for each class, named like it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sizewise.domain import Array, ModelSpec, Signature
from sizewise.errors import DataError
from sizewise.models.arrays import NamedArrays
from sizewise.models.drawing import draw_parts

if TYPE_CHECKING:
    from PIL.Image import Image

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")
"""Files with other endings are left out."""

_MODES = {1: "L", 3: "RGB", 4: "RGBA"}


class _Layout(NamedTuple):
    """What an image is brought to; height and width are None where the model takes any."""

    height: int | None
    width: int | None
    mode: str


class _Listing(NamedTuple):
    classes: tuple[str, ...]
    files: list[Path]
    labels: Array


def read(spec: ModelSpec, signature: Signature) -> NamedArrays:
    """Images as the model's only input takes them, uint8 from 0 to 255, and the numbers of their
    classes, whose folders are sorted by name.

    Images are sorted by class and path, resized to the input's height and width with Pillow's
    bilinear filter, and turned grey, to RGB or RGBA by its channels. Only those that the limit
    draws are opened. Raises DataError, which names the file, for one that cannot be read.
    """
    folder, layout = Path(spec.data.location), _layout(signature)
    found = _list(folder)
    drawn = draw_parts(len(found.files), spec.data)
    arrays = {"x": _open(found.files, drawn.judge, layout), "y": found.labels[drawn.judge]}
    if len(drawn.left_over):
        arrays["x_calibrate"] = _open(found.files, drawn.left_over, layout)
    if spec.data.train is not None:
        train = _list(Path(spec.data.train))
        if train.classes != found.classes:
            other = min(set(train.classes) ^ set(found.classes))
            raise DataError(
                f"{folder.name} and {spec.data.train} have other classes: only one has {other!r}",
                advice="give both a folder for every class, an empty one where it has no images",
            )
        arrays["x_train"] = _open(train.files, range(len(train.files)), layout)
        arrays["y_train"] = train.labels
    return NamedArrays(folder.name, arrays, classes=found.classes)


def _layout(signature: Signature) -> _Layout:
    if len(signature.inputs) != 1:
        raise DataError(
            f"the model has {len(signature.inputs)} inputs, a folder of images feeds one",
            advice="store the samples in an .npz, one array an input",
        )
    (spec,) = signature.inputs
    shape = spec.shape or ()
    if len(shape) != 4 or shape[3] not in _MODES:
        raise DataError(
            f"the model's input {spec.name} takes {list(shape)}, which is no image",
            advice="images are [samples, height, width, channels] with 1, 3 or 4 channels",
        )
    return _Layout(shape[1], shape[2], _MODES[shape[3]])


def _list(folder: Path) -> _Listing:
    folders = (
        sorted(each for each in folder.iterdir() if each.is_dir() and not each.name.startswith("."))
        if folder.is_dir()
        else []
    )
    files, labels = [], []
    for number, each in enumerate(folders):
        inside = [path for path in each.rglob("*") if path.suffix.lower() in ENDINGS]
        images = sorted(path for path in inside if path.is_file() and path.name[0] != ".")
        files += images
        labels += [number] * len(images)
    if not files:
        raise DataError(
            f"{folder} has no images in folders",
            advice=f"give it a folder for each class, with files that end in {', '.join(ENDINGS)}",
        )
    return _Listing(tuple(each.name for each in folders), files, np.array(labels, np.int64))


def _open(files: Sequence[Path], rows: Sequence[int] | Array, layout: _Layout) -> Array:
    arrays = [_decode(files[row], layout) for row in rows]
    first = arrays[0].shape
    if odd := next((k for k, array in enumerate(arrays) if array.shape != first), None):
        raise DataError(
            f"{files[rows[odd]]} is {_size(arrays[odd])}, {files[rows[0]]} is {_size(arrays[0])}",
            advice="the model takes images of any size, but samples have to be of one",
        )
    return np.stack(arrays)


def _size(array: Array) -> str:
    return f"{array.shape[1]} x {array.shape[0]}"


def _decode(path: Path, layout: _Layout) -> Array:
    """One image, uint8 [height, width, channels]."""
    from PIL import Image

    try:
        with Image.open(path) as image:
            image.load()
            _require_8_bits(path, image)
            whole = image.convert(layout.mode)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise DataError(
            f"{path} is no image that can be read ({error})", advice="replace or remove the file"
        ) from error
    size = (layout.width or whole.width, layout.height or whole.height)
    if size != whole.size:
        whole = whole.resize(size, Image.Resampling.BILINEAR)
    pixels = np.asarray(whole)
    return pixels[..., None] if pixels.ndim == 2 else pixels


def _require_8_bits(path: Path, image: Image) -> None:
    if image.mode.startswith(("I", "F")):
        raise DataError(
            f"{path} has pixels of more than 8 bits", advice="store such samples in an .npz"
        )
