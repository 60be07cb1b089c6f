"""Integers that stand for real numbers by a scale and a zero point: the scheme of TFLite."""

from __future__ import annotations

from typing import Any

import numpy as np

from sizewise.domain import Array


def quantize(array: Array, dtype: np.dtype[Any], scale: float, zero_point: int) -> Array:
    """Integers nearest to ``array / scale + zero_point``, halves away from zero, saturated.

    The affine scheme of Jacob et al. (2018), rounded as TFLite's QUANTIZE op does.
    """
    steps = array.astype(np.float32) / np.float32(scale)
    rounded = np.trunc(steps + np.copysign(np.float32(0.5), steps)) + zero_point
    limits = np.iinfo(dtype)
    saturated: Array = np.clip(rounded, limits.min, limits.max)
    return saturated.astype(dtype)


def dequantize(array: Array, scale: float, zero_point: int) -> Array:
    """``scale * (array - zero_point)`` as float32; the inverse of ``quantize``."""
    steps: Array = array.astype(np.float32) - np.float32(zero_point)
    return steps * np.float32(scale)
