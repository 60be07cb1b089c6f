"""Transforms spelt out: the keys of each step, and the ``domain`` values that they stand for."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from sizewise.config.code import CODE
from sizewise.config.keys import Shape
from sizewise.config.rules import (
    GrammarError,
    check_step,
)
from sizewise.config.values import (
    Clusters,
    Count,
    Epochs,
    LearningRate,
    PatternText,
    Seed,
    Sparsity,
    known,
    refuse,
)
from sizewise.domain import (
    Cluster,
    Engine,
    Finetune,
    Prune,
    Qat,
    Schedule,
    Scope,
    Step,
)

_DEFAULT = Finetune(1)
_QAT_EPOCHS = 3


def _loop(text: str) -> str:
    if not CODE.fullmatch(text):
        raise refuse(f"{text!r} names no training loop", "write package.module:function")
    return text


EngineName = Annotated[str, *known("engine", tuple(map(str, Engine)))]
ScopeName = Annotated[str, *known("scope", tuple(map(str, Scope)))]
ScheduleName = Annotated[str, *known("schedule", tuple(map(str, Schedule)))]


class TrainingOptions(Shape):
    """How a model is trained while it is compressed."""

    batch_size: Count = Field(default=_DEFAULT.batch_size, description="samples a training step")
    learning_rate: LearningRate = Field(default=_DEFAULT.learning_rate, description="of Adam")
    loop: Annotated[str, AfterValidator(_loop)] | None = Field(
        default=None,
        description="package.module:function that trains instead of fit; imported from the "
        "suite's folder",
    )
    seed: Seed = Field(default=_DEFAULT.seed, description="of the order of samples")

    def training(self, epochs: int) -> Finetune:
        """The training of ``epochs`` epochs that they stand for."""
        return Finetune(epochs, self.batch_size, self.learning_rate, loop=self.loop, seed=self.seed)


class FinetuneOptions(TrainingOptions):
    """Training that lets a model recover from a step."""

    epochs: Epochs = Field(description="how often each training sample is seen, such as 3")

    @property
    def finetune(self) -> Finetune:
        """The training that they stand for."""
        return self.training(self.epochs)


class PruneFinetuneOptions(FinetuneOptions):
    """Training during which the weights become sparse."""

    schedule: ScheduleName = Field(
        default=str(_DEFAULT.schedule),
        description="polynomial: from half of the sparsity to all of it; constant: all of it "
        "from the first step on",
    )

    @property
    def finetune(self) -> Finetune:
        """The training that they stand for."""
        return replace(self.training(self.epochs), schedule=Schedule(self.schedule))


def _checked(step: Step) -> None:
    try:
        check_step(step)
    except GrammarError as error:
        raise refuse(*error.args) from error


class PruneOptions(Shape):
    """The smallest weights of every kernel become zero."""

    sparsity: Sparsity | None = Field(
        default=None, description="the share of the weights that become zero, such as 0.8"
    )
    pattern: PatternText | None = Field(
        default=None, description='N:M: of M weights in a row N stay, such as "2:4"'
    )
    scope: ScopeName = Field(
        default=str(Scope.TENSOR),
        description="tensor: the smallest weights of each kernel; global: of the whole model",
    )
    engine: EngineName | None = Field(
        default=None,
        description="with finetune: tfmot or mask, by the version of Keras if left out; "
        "without: obs, which makes up for what it removes on calibration samples",
    )
    finetune: PruneFinetuneOptions | None = Field(
        default=None, description="train the model while it is pruned, such as {epochs: 3}"
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if (self.sparsity is None) == (self.pattern is None):
            raise refuse(
                "a prune step has either a sparsity or a pattern",
                'write {sparsity: 0.8} or {pattern: "2:4"}',
            )
        _checked(self.step)
        return self

    @property
    def step(self) -> Prune:
        """The step that they stand for."""
        return Prune(
            self.sparsity,
            self.pattern,
            Scope(self.scope),
            None if self.finetune is None else self.finetune.finetune,
            None if self.engine is None else Engine(self.engine),
        )


class ClusterOptions(Shape):
    """Every kernel keeps a few distinct values."""

    clusters: Clusters = Field(description="how many distinct values a kernel keeps, such as 16")
    engine: EngineName | None = Field(
        default=None,
        description="obs makes up for what it moves on calibration samples; without finetune only",
    )
    finetune: FinetuneOptions | None = Field(
        default=None, description="train the clustered model, such as {epochs: 3}"
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        _checked(self.step)
        return self

    @property
    def step(self) -> Cluster:
        """The step that they stand for."""
        return Cluster(
            self.clusters,
            None if self.finetune is None else self.finetune.finetune,
            None if self.engine is None else Engine(self.engine),
        )


class QatOptions(TrainingOptions):
    """Training with the rounding of int8 in the forward pass."""

    epochs: Epochs = Field(
        default=_QAT_EPOCHS, description=f"how often each sample is seen; {_QAT_EPOCHS} if left out"
    )

    @property
    def step(self) -> Qat:
        """The step that they stand for."""
        return Qat(self.training(self.epochs))


_SUCH_AS = {
    "prune": "such as {prune: {sparsity: 0.8}}",
    "cluster": "such as {cluster: {clusters: 16}}",
    "qat": "write {qat: {}} for 3 epochs",
}


class StepEntry(Shape):
    """One step, spelt out."""

    prune: PruneOptions | None = Field(
        default=None, description="the smallest weights become zero, such as {sparsity: 0.8}"
    )
    cluster: ClusterOptions | None = Field(
        default=None, description="few distinct values stay, such as {clusters: 16}"
    )
    qat: QatOptions | None = Field(
        default=None, description="quantization-aware training, such as {} or {epochs: 5}"
    )

    @property
    def spelt(self) -> list[PruneOptions | ClusterOptions | QatOptions]:
        """The steps that are there."""
        return [each for each in (self.prune, self.cluster, self.qat) if each is not None]

    @property
    def steps_meant(self) -> tuple[Step, ...]:
        """The steps that they stand for."""
        return tuple(each.step for each in self.spelt)

    @field_validator("prune", "cluster", "qat", mode="before")
    @classmethod
    def _has_options(cls, value: object, info: ValidationInfo) -> object:
        if value is None:
            raise refuse(f"{info.field_name} has no options", _SUCH_AS[str(info.field_name)])
        return value

    @model_validator(mode="after")
    def _is_one_step(self) -> Self:
        if len(self.spelt) > 1:
            raise refuse(
                "a mapping with several steps has no order",
                "write a list of them: [{prune: ...}, {cluster: ...}]",
            )
        self._has_a_step()
        return self

    def _has_a_step(self) -> None:
        if not self.spelt:
            raise refuse(
                "a step is one of prune, cluster and qat", "such as {prune: {sparsity: 0.8}}"
            )
