"""Which steps and orders of steps make sense, however they are written.

Every function raises GrammarError at the first rule that is broken.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from sizewise.domain import Cluster, Engine, Prune, Qat, Scope, Step, trains


class GrammarError(ValueError):
    """What was written means nothing: ``args`` are the message and the advice."""


MAX_CLUSTERS = 65_536
MAX_EPOCHS = 10_000


def check_step(step: Step) -> None:
    """Rules that concern one step on its own."""
    if step.finetune is not None and not 1 <= step.finetune.epochs <= MAX_EPOCHS:
        raise GrammarError(
            f"{step.name} trains for {step.finetune.epochs} epochs",
            f"write from 1 to {MAX_EPOCHS}",
        )
    if isinstance(step, Qat):
        return
    if isinstance(step, Cluster):
        _check_cluster(step)
        return
    _check_amount(step)
    _check_engine(step)
    _check_scope(step)


def _check_amount(step: Prune) -> None:
    if step.sparsity is not None and not 0 < step.sparsity < 1:
        raise GrammarError(
            f"{step.name} has a sparsity of {step.sparsity:g}",
            "the sparsity is above 0 and below 1, in a name a percentage, such as prune80",
        )
    pattern = step.pattern
    if pattern is None:
        return
    if pattern.kept < 1:
        raise GrammarError(
            f"the pattern {pattern} keeps nothing", "2:4 keeps 2 of every 4 weights in a row"
        )
    if pattern.kept > pattern.group:
        raise GrammarError(
            f"the pattern {pattern} keeps {pattern.kept} of {pattern.group} weights",
            f"did you mean {pattern.group}:{pattern.kept}?",
        )
    if pattern.kept == pattern.group:
        raise GrammarError(
            f"the pattern {pattern} prunes nothing", "2:4 keeps 2 of every 4 weights in a row"
        )


def _check_engine(step: Prune | Cluster) -> None:
    if step.engine is Engine.OBS and step.finetune is not None:
        raise GrammarError(
            f"{step.name} asks for training, which the engine obs does without",
            f"leave the {'fine-tuning' if isinstance(step, Cluster) else 'engine'} out",
        )
    if step.engine in (Engine.TFMOT, Engine.MASK) and step.finetune is None:
        raise GrammarError(
            f"{step.name} has the engine {step.engine}, which works while the model is trained",
            f"add finetune: {{epochs: 3}}, in a name ft3{step.engine}, or leave the engine out",
        )


def _check_scope(step: Prune) -> None:
    if step.scope is not Scope.GLOBAL:
        return
    if step.pattern is not None:
        raise GrammarError(
            f"{step.name} is a pattern, which is the same in every kernel",
            "leave the scope out",
        )
    if step.engine in (Engine.TFMOT, Engine.OBS):
        raise GrammarError(
            f"{step.name} has the scope global, but {step.engine} prunes each kernel on its own",
            "leave the engine out, or the scope",
        )


def _check_cluster(step: Cluster) -> None:
    if not 2 <= step.clusters <= MAX_CLUSTERS:
        raise GrammarError(
            f"{step.name} asks for {step.clusters} cluster{'' if step.clusters == 1 else 's'}",
            f"a kernel keeps from 2 to {MAX_CLUSTERS} distinct values, such as cluster16",
        )
    if step.engine in (Engine.TFMOT, Engine.MASK):
        raise GrammarError(
            f"{step.name} has the engine {step.engine}, but clustering has no choice of it",
            "leave the engine out: with finetune it is tfmot that clusters",
        )
    _check_engine(step)


def check_steps(steps: Sequence[Step]) -> None:
    """Rules that concern the order of steps; each step has been checked on its own."""
    for before, after in pairwise(steps):
        if isinstance(before, Qat) and isinstance(after, Qat):
            raise GrammarError(
                f"{before.name} is followed by {after.name}", "leave one of them out"
            )
        if isinstance(before, Qat):
            raise GrammarError(
                f"{before.name} comes before {after.name}, which would undo it",
                f"put {before.name} last",
            )
        if trains(after) and not trains(before):
            raise GrammarError(
                f"{after.name} trains the model after {before.name} changed its frozen weights",
                f"fine-tune {before.name} as well, or leave one of them out",
            )
    for index, later in enumerate(steps):
        for earlier in steps[:index]:
            _check_pair(earlier, later)


def _check_pair(earlier: Step, later: Step) -> None:
    if isinstance(earlier, Cluster) and isinstance(later, Prune):
        raise GrammarError(
            f"{later.name} adds zeros to the values that {earlier.name} chose",
            f"prune first: {later.name}+{earlier.name}",
        )
    if isinstance(earlier, Cluster) and isinstance(later, Cluster):
        raise GrammarError(f"{earlier.name} is undone by {later.name}", "leave one of them out")
    if (
        isinstance(earlier, Prune)
        and isinstance(later, Prune)
        and earlier.sparsity is not None
        and later.sparsity is not None
        and later.sparsity <= earlier.sparsity
    ):
        raise GrammarError(
            f"{later.name} prunes nothing that {earlier.name} left",
            "leave one of them out, or let the sparsity grow",
        )
