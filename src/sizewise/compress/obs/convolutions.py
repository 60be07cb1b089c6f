"""Convolutions, and their transposes, as matrix products of windows and kernels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from sizewise.compress.obs.contractions import Pick
from sizewise.domain import Array

Padding: TypeAlias = str | tuple[tuple[int, int], ...]
"""``SAME``, ``VALID`` or the zeros before and after each axis."""


@dataclass(frozen=True, slots=True)
class Convolution:
    """A convolution of any number of axes, channels last, kernel [*size, inputs, outputs].

    ``padding`` is ``SAME``, ``VALID`` or the zeros before and after each axis of the image.
    ``groups`` is how many times the kernel's inputs go into the image's channels. A depthwise
    convolution has a kernel [*size, channels, multiplier], and a matrix a channel.
    """

    size: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    padding: Padding
    groups: int = 1
    depthwise: bool = False

    def matrices(self, kernel: Array) -> Array:
        """See ``Contraction``."""
        taps = math.prod(self.size)
        inputs, outputs = kernel.shape[-2:]
        if self.depthwise:
            return kernel.reshape(taps, inputs, outputs).transpose(1, 0, 2)
        by_group = kernel.reshape(taps * inputs, self.groups, outputs // self.groups)
        return by_group.transpose(1, 0, 2)

    def rows(self, activations: Array, pick: Pick) -> Array:
        """See ``Contraction``."""
        lengths = activations.shape[1:-1]
        reached = [self._reached(axis, length) for axis, length in enumerate(lengths)]
        by_channel = _windows(activations, reached, pick)
        count, taps, _ = by_channel.shape
        if self.depthwise:
            depthwise: Array = by_channel.transpose(2, 0, 1)
            return depthwise
        by_group = by_channel.reshape(count, taps, self.groups, -1).transpose(2, 0, 1, 3)
        rows: Array = by_group.reshape(self.groups, count, -1)
        return rows

    def _reached(self, axis: int, length: int) -> Array:
        """Which pixel of an axis of the image meets each tap, for each place in the result."""
        stride, dilation = self.strides[axis], self.dilations[axis]
        window = (self.size[axis] - 1) * dilation + 1
        if self.padding == "SAME":
            before, after = _around(-(-length // stride), length, window, stride)
        else:
            before, after = _named(self.padding, axis)
        count = (length + before + after - window) // stride + 1
        places = np.arange(count)[:, None] * stride - before
        return _within(places + np.arange(self.size[axis]) * dilation, length)


@dataclass(frozen=True, slots=True)
class Transposed:
    """The transpose of a convolution, kernel [*size, outputs, inputs].

    A place p of the result sees the pixel q of the image through the tap t where
    ``q * stride = p + before - t * dilation``: one in so many taps, by the remainder of p. Taps
    that no place sees together have no moments in common. ``result`` is the size of the result,
    None for an axis where that is not known, which then is as large as Keras has it.
    """

    size: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    padding: Padding
    result: tuple[int | None, ...]

    def matrices(self, kernel: Array) -> Array:
        """See ``Contraction``."""
        outputs, inputs = kernel.shape[-2:]
        by_tap = kernel.reshape(-1, outputs, inputs).swapaxes(1, 2)
        return by_tap.reshape(1, -1, outputs)

    def rows(self, activations: Array, pick: Pick) -> Array:
        """See ``Contraction``."""
        lengths = activations.shape[1:-1]
        reached = [self._reached(axis, length) for axis, length in enumerate(lengths)]
        windows = _windows(activations, reached, pick)
        return windows.reshape(1, len(windows), -1)

    def _reached(self, axis: int, length: int) -> Array:
        """Which pixel of an axis of the image meets each tap, for each place in the result."""
        stride, dilation = self.strides[axis], self.dilations[axis]
        window = (self.size[axis] - 1) * dilation + 1
        count = self.result[axis]
        if self.padding == "SAME":
            count = count or length * stride
            before, _ = _around(length, count, window, stride)
        else:
            before, after = _named(self.padding, axis)
            count = count or (length - 1) * stride + max(window, stride) - before - after
        meets = np.arange(count)[:, None] + before - np.arange(self.size[axis]) * dilation
        pixel, rest = np.divmod(meets, stride)
        return _within(np.where(rest == 0, pixel, -1), length)


def _windows(images: Array, reached: Sequence[Array], pick: Pick) -> Array:
    """What is seen of ``images`` [count, *axes, channels]: [rows, taps, channels].

    ``reached`` has, for each axis, the pixels that each place sees, [places, taps of the axis];
    the number behind the last pixel stands for a zero.
    """
    counts = (len(images), *(len(places) for places in reached))
    image, *places = np.unravel_index(pick(math.prod(counts)), counts)
    axes = len(reached)
    if any((seen == length).any() for seen, length in zip(reached, images.shape[1:], strict=False)):
        images = np.pad(images, ((0, 0), *[(0, 1)] * axes, (0, 0)))
    pixels = [
        np.expand_dims(reached[axis][place], [1 + other for other in range(axes) if other != axis])
        for axis, place in enumerate(places)
    ]
    seen = images[(np.expand_dims(image, list(range(1, 1 + axes))), *pixels)]
    found: Array = seen.reshape(len(image), -1, images.shape[-1])
    return found


def _around(results: int, length: int, window: int, stride: int) -> tuple[int, int]:
    """The zeros before and after an axis with which ``SAME`` gives so many results."""
    total = max((results - 1) * stride + window - length, 0)
    return total // 2, total - total // 2


def _named(padding: Padding, axis: int) -> tuple[int, int]:
    """The zeros before and after an axis, which are given or none."""
    return (0, 0) if isinstance(padding, str) else padding[axis]


def _within(pixels: Array, length: int) -> Array:
    """Numbers of pixels, with ``length`` for all that is outside the image."""
    found: Array = np.where((pixels >= 0) & (pixels < length), pixels, length)
    return found
