"""Transforms that train: a Keras model and samples in, a Keras model with cheaper weights out.

A kind of step is one module and one row in ``steps.STEPS``. Importing this package imports no
TensorFlow.
"""

from __future__ import annotations

from sizewise.compress.training.train import Trained, train

__all__ = ["Trained", "train"]
