"""Entries of ``transforms``: names, steps spelt out, lists of steps, and names of one's own."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from sizewise.config.rules import GrammarError, check_steps
from sizewise.config.steps import StepEntry
from sizewise.config.transforms import decode_transform, is_told_by_name
from sizewise.config.values import MAPPING, TEXT, Name, TransformName, refuse, text_or_mapping
from sizewise.domain import Finetune, Step, Transform

_DEFAULT = Finetune(1)

StepItem = Annotated[
    Annotated[TransformName, TEXT] | Annotated[StepEntry, MAPPING], Discriminator(text_or_mapping)
]


class NamedTransform(StepEntry):
    """A transform spelt out: one step or several, and a name where the steps' own do not do."""

    name: Name | None = Field(default=None, description="the transform's name in job ids")
    steps: list[StepItem] | None = Field(
        default=None, min_length=1, description="several steps, in the order of their application"
    )

    def _has_a_step(self) -> None:
        if self.steps is None:
            super()._has_a_step()
        elif self.spelt:
            raise refuse(
                "a transform has one step or 'steps', not both", "put all of them into 'steps'"
            )

    @property
    def steps_meant(self) -> tuple[Step, ...]:
        """The steps that they stand for."""
        return super().steps_meant if self.steps is None else steps_of(self.steps)

    @model_validator(mode="after")
    def _is_told_by_its_name(self) -> Self:
        _checked_transform(Transform(self.steps_meant, self.name))
        return self


def steps_of(items: list[str | StepEntry]) -> tuple[Step, ...]:
    """The steps of a list of names and mappings."""
    return tuple(
        step
        for item in items
        for step in (decode_transform(item).steps if isinstance(item, str) else item.steps_meant)
    )


def _check_list(items: list[str | StepEntry]) -> list[str | StepEntry]:
    _checked_transform(Transform(steps_of(items)))
    return items


def _checked_transform(transform: Transform) -> None:
    """Refuse an order that makes no sense, and a name that is missing or misleads."""
    if not transform.steps:
        raise refuse("a list of steps has none that does anything", "leave 'none' out of it")
    try:
        check_steps(transform.steps)
    except GrammarError as error:
        raise refuse(*error.args) from error
    plain = Transform(transform.steps).name
    if transform.given_name is not None:
        _check_given(transform.given_name, transform)
    elif not is_told_by_name(transform):
        hidden = ", ".join(_untold(transform))
        raise refuse(
            f"the name {plain} does not tell its {hidden}",
            f"give the transform a name: {{name: {_own_name(plain)}, ...}}",
        )


def _check_given(name: str, transform: Transform) -> None:
    try:
        decode_transform(name)
    except GrammarError:
        return
    plain = Transform(transform.steps).name
    if name == plain and is_told_by_name(transform):
        raise refuse(f"the transform is called {name} by itself", "leave the name out")
    raise refuse(
        f"the name {name!r} is that of another transform",
        f"choose one of your own, such as {_own_name(plain)}",
    )


def _own_name(plain: str) -> str:
    """A name that nothing else has, after the ``plain`` one that the grammar gives."""
    return f"{plain.replace('+', '-')}-2"


def _untold(transform: Transform) -> list[str]:
    """The options that the names of the steps do not tell, as they are written."""
    return sorted(
        {
            field.name.replace("_", "-")
            for step in transform.steps
            if step.finetune is not None
            for field in fields(Finetune)
            if field.name not in ("epochs", "folder")
            and getattr(step.finetune, field.name) != getattr(_DEFAULT, field.name)
        }
    )


def _text_mapping_or_list(value: object) -> str | None:
    return LIST.tag if isinstance(value, list) else text_or_mapping(value)


LIST = Tag("<list>")

TransformItem = Annotated[
    Annotated[TransformName, TEXT]
    | Annotated[NamedTransform, MAPPING]
    | Annotated[
        list[StepItem],
        Field(min_length=1, description="steps, in the order of their application"),
        AfterValidator(_check_list),
        LIST,
    ],
    Discriminator(
        _text_mapping_or_list,
        custom_error_type="transform_type",
        custom_error_message="text, a mapping or a list",
    ),
]
"""An entry of ``transforms``."""


def transform_of(item: str | NamedTransform | list[str | StepEntry], folder: Path) -> Transform:
    """The transform that an entry stands for; training loops are imported from ``folder``."""
    if isinstance(item, str):
        return decode_transform(item)
    if isinstance(item, list):
        return Transform(tuple(_at_home(step, folder) for step in steps_of(item)))
    return Transform(tuple(_at_home(step, folder) for step in item.steps_meant), item.name)


def _at_home(step: Step, folder: Path) -> Step:
    """The step with the folder of its training loop, where it has one."""
    if step.finetune is None or step.finetune.loop is None:
        return step
    return replace(step, finetune=replace(step.finetune, folder=folder.absolute()))
