"""``signal-cnn1d``: the state of a machine from its vibration, by 1-D convolutions.

The signals are made here: no recording of a machine ships with any of our libraries. What each
state does to the vibration is the textbook's (R. B. Randall, Vibration-based Condition
Monitoring, 2011, chapter 2); the figures are ours.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sizewise.domain import Array
from sizewise.models.zoo.definition import ZooData, ZooModel, split
from sizewise.models.zoo.fitting import fit, normalised

STATES = ("healthy", "unbalanced", "misaligned", "loose", "bearing fault")
SIGNALS = 2000
STEPS = 256
RATE_HZ = 2048
NOISE = 0.9
"""Deviation of the noise, where the vibration of a shaft has amplitudes of about 1."""

_HARMONICS: tuple[dict[float, float], ...] = (
    {1: 0.3},
    {1: 1.0},
    {1: 0.4, 2: 0.9},
    {0.5: 0.5, 1: 0.5, 1.5: 0.4, 3: 0.4},
    {1: 0.3},
)
"""Amplitudes of each state by multiples of the speed of the shaft."""

_IMPACTS_A_TURN = 3.58
_RESONANCE_HZ = 600.0
_DECAY_SECONDS = 0.004


def data() -> ZooData:
    """``x`` float32 [n, 256, 1], an eighth of a second of acceleration at 2,048 Hz, scaled to
    mean 0 and deviation 1; ``y`` int64 [n], the number of the state. Seeded: always the same.
    """
    rng = np.random.default_rng(0)
    states = np.arange(SIGNALS) % len(STATES)
    signals = np.stack([_signal(rng, state) for state in states])
    signals -= signals.mean(axis=1, keepdims=True)
    signals /= signals.std(axis=1, keepdims=True)
    return split(signals.astype(np.float32)[..., None], states.astype(np.int64), classes=states)


def _signal(rng: np.random.Generator, state: int) -> Array:
    """One recording: harmonics of a shaft at 25 to 50 turns a second, impacts, and noise."""
    time = np.arange(STEPS) / RATE_HZ
    turns = rng.uniform(25, 50)
    signal = rng.normal(0, NOISE, STEPS)
    for multiple, amplitude in _HARMONICS[state].items():
        phase = rng.uniform(0, 2 * np.pi)
        strength = amplitude * rng.uniform(0.6, 1.4)
        signal += strength * np.sin(2 * np.pi * multiple * turns * time + phase)
    if STATES[state] == "bearing fault":
        signal += rng.uniform(2, 4) * _impacts(rng, time, turns * _IMPACTS_A_TURN)
    return signal


def _impacts(rng: np.random.Generator, time: Array, impacts_hz: float) -> Array:
    """A resonance that each impact sets off and that dies away until the next."""
    since = (time + rng.uniform(0, 1 / impacts_hz)) % (1 / impacts_hz)
    ringing: Array = np.exp(-since / _DECAY_SECONDS) * np.sin(2 * np.pi * _RESONANCE_HZ * since)
    return ringing


def train(data: ZooData) -> Any:
    """Three convolutions with batch norms along the signal, and a classifier."""
    import tf_keras

    layers = tf_keras.layers
    tf_keras.utils.set_random_seed(1)

    def convolution(number: int, channels: int, size: int, strides: int) -> list[Any]:
        name = f"convolution_{number}"
        return [
            layers.Conv1D(channels, size, strides, padding="same", use_bias=False, name=name),
            *normalised(name),
        ]

    model = tf_keras.Sequential(
        [
            layers.Input((STEPS, 1), name="signal"),
            *convolution(1, 32, 16, 4),
            *convolution(2, 48, 9, 2),
            *convolution(3, 64, 9, 2),
            layers.GlobalAveragePooling1D(name="pool"),
            layers.Dropout(0.3, name="dropout"),
            layers.Dense(len(STATES), activation="softmax", name="state"),
        ],
        name="signal_cnn1d",
    )
    loss = "sparse_categorical_crossentropy"
    return fit(model, data.train_x, data.train_y, loss=loss, epochs=15, learning_rate=3e-3)


SIGNAL_CNN1D = ZooModel("signal-cnn1d", data, train)
