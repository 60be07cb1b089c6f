"""Changes to the weights that a suite asks for: steps, in the order in which they are applied."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias


class Engine(StrEnum):
    """What carries out a step, where there is a choice."""

    TFMOT = "tfmot"
    """tensorflow-model-optimization, which trains Keras 2 models."""
    MASK = "mask"
    """Masks that a callback keeps up while a model of either Keras is trained."""
    OBS = "obs"
    """Optimal brain surgeon: what a weight's change does is made good by the other weights of
    its output, on calibration samples and without training.
    """


class Scope(StrEnum):
    """Among which weights the smallest are looked for."""

    TENSOR = "tensor"
    """Within each kernel."""
    GLOBAL = "global"
    """Over all kernels of the model together."""


class Schedule(StrEnum):
    """How sparsity grows while a model is fine-tuned."""

    POLYNOMIAL = "polynomial"
    """From half of the final sparsity, along a polynomial of degree 3."""
    CONSTANT = "constant"
    """The final sparsity from the first step on."""


@dataclass(frozen=True, slots=True)
class Finetune:
    """Training that lets a model recover from a step.

    ``loop`` is a ``package.module:function`` that trains instead of ``fit``; ``folder`` is where
    it is imported from. ``seed`` settles the order of samples and all that is random in layers.
    """

    epochs: int
    batch_size: int = 32
    learning_rate: float = 2e-3
    schedule: Schedule = Schedule.POLYNOMIAL
    loop: str | None = None
    seed: int = 0
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class Pattern:
    """N:M sparsity: of ``group`` consecutive weights along the inputs at most ``kept`` stay."""

    kept: int
    group: int

    @property
    def sparsity(self) -> float:
        """The share of zeros where every group is whole."""
        return 1 - self.kept / self.group

    def __str__(self) -> str:
        return f"{self.kept}:{self.group}"


SPARED_BELOW = 256
"""Kernels of fewer weights stay whole where a model is trained to a sparsity: they take next to no
bytes, and what pruning leaves of them is too little to be trained.
"""


@dataclass(frozen=True, slots=True)
class Prune:
    """Magnitude pruning of kernels to ``sparsity`` in (0, 1), or to an N:M ``pattern``.

    Exactly one of the two is set. ``engine`` None leaves the choice to the model: tfmot for
    Keras 2 and masks for Keras 3 where there is a ``finetune``, plain magnitudes where not.
    """

    sparsity: float | None = None
    pattern: Pattern | None = None
    scope: Scope = Scope.TENSOR
    finetune: Finetune | None = None
    engine: Engine | None = None

    def __post_init__(self) -> None:
        if (self.sparsity is None) == (self.pattern is None):
            raise ValueError("a prune step has either a sparsity or a pattern")

    def spares(self, size: int) -> bool:
        """Whether a kernel of ``size`` weights is left as it is."""
        to_sparsity = self.sparsity is not None and self.scope is Scope.TENSOR
        return to_sparsity and self.finetune is not None and size < SPARED_BELOW

    @property
    def name(self) -> str:
        """``prune80``, ``prune2of4``, ``prune80global``, ``prune80ft3``, ``prune50obs``."""
        if self.pattern is not None:
            amount = f"{self.pattern.kept}of{self.pattern.group}"
        else:
            assert self.sparsity is not None, "checked when it was made"
            amount = f"{self.sparsity * 100:g}"
        scope = "global" if self.scope is Scope.GLOBAL else ""
        return f"prune{amount}{scope}{_training(self.finetune)}{self.engine or ''}"


@dataclass(frozen=True, slots=True)
class Cluster:
    """Weight clustering: each kernel keeps at most ``clusters`` distinct values.

    Zeros of a step before it stay zeros, and 0 counts among the values.
    """

    clusters: int
    finetune: Finetune | None = None
    engine: Engine | None = None

    @property
    def name(self) -> str:
        """``cluster16``, ``cluster16ft2``, ``cluster16obs``."""
        return f"cluster{self.clusters}{_training(self.finetune)}{self.engine or ''}"


@dataclass(frozen=True, slots=True)
class Qat:
    """Quantization-aware training of a Keras 2 model, for int8 TFLite."""

    finetune: Finetune

    @property
    def name(self) -> str:
        """``qat3`` for three epochs."""
        return f"qat{self.finetune.epochs}"


Step: TypeAlias = Prune | Cluster | Qat
"""What a transform is made of."""


def trains(step: Step) -> bool:
    """Whether a step trains the Keras model, before it is frozen."""
    return step.finetune is not None


def _training(finetune: Finetune | None) -> str:
    return "" if finetune is None else f"ft{finetune.epochs}"


@dataclass(frozen=True, slots=True)
class Transform:
    """A change to the weights: steps applied in order; no step at all is ``none``.

    Steps that train come before steps that do not. ``given_name`` is set where the steps have
    options that their own names do not tell, such as a learning rate.
    """

    steps: tuple[Step, ...] = ()
    given_name: str | None = None

    @property
    def name(self) -> str:
        """The given name, else the steps' names joined by ``+``, or ``none``."""
        return self.given_name or "+".join(step.name for step in self.steps) or "none"

    @property
    def training(self) -> tuple[Step, ...]:
        """The steps that change the Keras model."""
        return tuple(step for step in self.steps if trains(step))

    @property
    def post_training(self) -> tuple[Step, ...]:
        """The steps that change the weights of the frozen graph."""
        return tuple(step for step in self.steps if not trains(step))

    @property
    def is_calibrated(self) -> bool:
        """Whether a step of it runs the model on calibration samples."""
        return any(not isinstance(step, Qat) and step.engine is Engine.OBS for step in self.steps)
