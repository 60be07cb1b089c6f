"""scikit-learn's handwritten digits, as several zoo models take them."""

from __future__ import annotations

import numpy as np

from sizewise.domain import Array
from sizewise.models.zoo.definition import ZooData, split


def load() -> tuple[Array, Array]:
    """Images, float32 [n, 8, 8] in [0, 1], and what they show, int64 [n]."""
    from sklearn.datasets import load_digits

    pixels, digits = load_digits(return_X_y=True)
    return (pixels / 16).astype(np.float32).reshape(-1, 8, 8), digits.astype(np.int64)


def images() -> ZooData:
    """``x`` float32 [n, 8, 8, 1] in [0, 1], ``y`` int64 [n]."""
    pixels, digits = load()
    return split(pixels[..., None], digits, classes=digits)


def rows() -> ZooData:
    """``x`` float32 [n, 8, 8] in [0, 1], the rows of an image as steps of a sequence from top to
    bottom; ``y`` int64 [n].
    """
    pixels, digits = load()
    return split(pixels, digits, classes=digits)
