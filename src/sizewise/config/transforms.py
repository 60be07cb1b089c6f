"""The grammar of transforms' names, the same in a suite and in a job id.

::

    transform = "none" | step {"+" step}
    step      = prune | cluster | qat
    prune     = "prune" amount ["global"] [training] [engine]
    amount    = percent                    prune80: magnitude pruning to a sparsity of 0.8
              | kept "of" group            prune2of4: of 4 weights in a row at most 2 stay
    cluster   = "cluster" count [training] ["obs"]
                                           cluster16: at most 16 distinct values a kernel
    qat       = "qat" count                qat3: 3 epochs of quantization-aware training
    training  = "ft" count                 prune80ft3: fine-tuned for 3 epochs
    engine    = "tfmot" | "mask" | "obs"   prune80ft3mask, prune50obs
    percent   = digits ["." digits]        above 0, below 100, without needless zeros
    count, kept, group = digits            without leading zeros

``global`` looks for the smallest weights over all kernels together: ``prune80global``. Steps are
applied from left to right: ``prune50ft3+cluster16``. Not every sentence makes sense: see
``rules``. A name has one spelling.

A transform can be spelt out instead, as ``{prune: {sparsity: 0.8}}`` or as a list of steps. It
then goes by the name that the grammar gives it. Where that name cannot tell all of it, because a
batch size, a learning rate, a schedule, a training loop or a seed is not the default, the suite
has to name it: ``{name: slow, prune: {...}}``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal

from sizewise.config.rules import GrammarError, check_step, check_steps
from sizewise.domain import (
    Cluster,
    Engine,
    Finetune,
    Pattern,
    Prune,
    Qat,
    Scope,
    Step,
    Transform,
)
from sizewise.errors import did_you_mean

_COUNT = "[0-9]{1,5}"
_TRAINING = f"(?:ft(?P<epochs>{_COUNT}))?"
_PRUNE = re.compile(
    rf"prune(?:(?P<kept>{_COUNT})of(?P<group>{_COUNT})|(?P<percent>[0-9]{{1,9}}(?:\.[0-9]{{1,9}})?))"
    rf"(?P<scope>global)?{_TRAINING}(?P<engine>{'|'.join(Engine)})?"
)
_CLUSTER = re.compile(rf"cluster(?P<clusters>{_COUNT}){_TRAINING}(?P<engine>{'|'.join(Engine)})?")
_QAT = re.compile(rf"qat(?P<epochs>{_COUNT})")


def _prune(match: re.Match[str]) -> Prune:
    scope = Scope.GLOBAL if match["scope"] else Scope.TENSOR
    if match["percent"] is None:
        pattern = Pattern(int(match["kept"]), int(match["group"]))
        return Prune(None, pattern, scope, _finetune(match), _engine(match))
    # Dividing as decimals gives the same number as writing 0.8.
    sparsity = float(Decimal(match["percent"]) / 100)
    return Prune(sparsity, None, scope, _finetune(match), _engine(match))


def _cluster(match: re.Match[str]) -> Cluster:
    return Cluster(int(match["clusters"]), _finetune(match), _engine(match))


def _qat(match: re.Match[str]) -> Qat:
    return Qat(Finetune(int(match["epochs"])))


def _finetune(match: re.Match[str]) -> Finetune | None:
    return None if match["epochs"] is None else Finetune(int(match["epochs"]))


def _engine(match: re.Match[str]) -> Engine | None:
    return None if match["engine"] is None else Engine(match["engine"])


_KINDS: Mapping[str, tuple[re.Pattern[str], Callable[[re.Match[str]], Step], str]] = {
    "prune": (
        _PRUNE,
        _prune,
        "such as prune80, prune2of4, prune80global, prune80ft3, prune80ft3mask or prune50obs",
    ),
    "cluster": (_CLUSTER, _cluster, "such as cluster16, cluster16ft2 or cluster16obs"),
    "qat": (_QAT, _qat, "such as qat3, for 3 epochs"),
}
"""For each kind of step: its sentences, what they mean, and examples."""

_A_STEP = "|".join(f"(?:{pattern.pattern})" for pattern, _, _ in _KINDS.values())
_PLAIN_STEP = re.sub(r"\(\?P<\w+>", "(?:", _A_STEP)
TRANSFORM_PATTERN = rf"none|(?:{_PLAIN_STEP})(?:\+(?:{_PLAIN_STEP}))*"
"""What a name looks like, as a regular expression; ``decode_transform`` has the last word."""

_EXAMPLES = ("none", "prune50", "prune80", "cluster16", "qat3", "prune80ft3")


def decode_transform(name: str) -> Transform:
    """The transform that ``name`` stands for. Raises GrammarError for no name."""
    if name == "none":
        return Transform()
    steps = tuple(_decode_step(part, name) for part in name.split("+"))
    check_steps(steps)
    return Transform(steps)


def _decode_step(part: str, name: str) -> Step:
    """The step that ``part`` of the transform ``name`` stands for."""
    unknown = f"unknown transform {name!r}"
    if part != name:
        unknown = f"unknown step {part!r} in the transform {name!r}"
    for kind, (pattern, make, examples) in _KINDS.items():
        if match := pattern.fullmatch(part):
            step = make(match)
            check_step(step)
            if step.name != part:
                raise GrammarError(unknown, f"write {step.name}")
            return step
        if re.match(rf"{kind}[0-9]", part, re.ASCII):
            raise GrammarError(f"{unknown}: no such {kind} step", examples)
    raise GrammarError(unknown, _nearest(part))


def is_told_by_name(transform: Transform) -> bool:
    """Whether the names of the steps alone decode to the same transform."""
    try:
        return decode_transform(Transform(transform.steps).name) == Transform(transform.steps)
    except GrammarError:
        return False


def _nearest(name: str) -> str:
    digits = name.lstrip("abcdefghijklmnopqrstuvwxyz_- ")
    guesses = (f"{kind}{digits}" for kind in _KINDS if digits)
    likely = [guess for guess in guesses if re.fullmatch(TRANSFORM_PATTERN, guess)]
    return did_you_mean(name, [*_EXAMPLES, *likely])
