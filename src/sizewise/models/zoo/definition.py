"""What a zoo model consists of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from sizewise.domain import Array

TEST_SHARE = 0.4
"""Share of the samples that is held out: large, so that intervals are narrow."""

CALIBRATION_SHARE = 0.1
"""Share of all samples that converters are calibrated with, drawn from the training part."""


@dataclass(frozen=True, slots=True)
class ZooData:
    """Samples in disjoint parts to train on and to judge on.

    ``calibrate_x`` is drawn from the training part: no held-out sample is among it.
    """

    train_x: Array
    train_y: Array
    test_x: Array
    test_y: Array
    calibrate_x: Array


@dataclass(frozen=True, slots=True)
class ZooModel:
    """A model that is made here.

    ``train`` gives a built tf_keras model, seeded, in seconds; every layer has a name of its
    own choice, because automatic ones depend on what was built before in the process.
    """

    name: str
    data: Callable[[], ZooData]
    train: Callable[[ZooData], Any]


def split(x: Array, y: Array, classes: Array | None = None) -> ZooData:
    """Cut samples into the three parts, always in the same way.

    Where ``classes`` are given, each has the same share in every part.
    """
    from sklearn.model_selection import train_test_split

    train, test = train_test_split(
        np.arange(len(x)), test_size=TEST_SHARE, random_state=0, stratify=classes
    )
    _, calibrate = train_test_split(
        train,
        test_size=round(CALIBRATION_SHARE * len(x)),
        random_state=0,
        stratify=None if classes is None else classes[train],
    )
    return ZooData(x[train], y[train], x[test], y[test], x[calibrate])
