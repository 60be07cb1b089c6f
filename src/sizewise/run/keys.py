"""Under which keys the work of a suite is kept: digests of all that it depends on.

Names do not matter, content does: a model that is renamed or moved keeps its results, a file that
is changed loses them. The limit of a metric is no part of a key either, as it is applied to
figures that are there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from sizewise.domain import Finetune, Group, Job, ModelSpec, Step, Target
from sizewise.run.content import (
    UnknownContentError,
    content_of_code,
    content_of_data,
    content_of_path,
    content_of_source,
)
from sizewise.run.kept import Keys
from sizewise.run.toolchain import toolchain
from sizewise.store import key_of

_PLACES = frozenset({"at", "folder", "location", "train"})
"""Fields that say where something is; what is there stands in the key instead."""


def key_of_check(spec: ModelSpec) -> str | None:
    """The key of the finding that a model and its data can be used; None if that is not kept."""
    try:
        return _key("check", {"subject": _subject(spec), "metric": _metric(spec)})
    except UnknownContentError:
        return None


def key_of_environment(base: Mapping[str, object], targets: tuple[Target, ...]) -> str:
    """The key of the description of an environment, whose ``base`` is known without runtimes."""
    return _key("environment", {"base": dict(base), "targets": sorted(targets)})


def keys_of_group(group: Group, brotli_level: int) -> Keys:
    """The keys of all results of a group; none where the content cannot be known."""
    try:
        subject = _subject(group.model)
        steps = [_step(step) for step in group.transform.steps]
        training = [_step(step) for step in group.transform.training]
        metric = _metric(group.model)
        trained = {"subject": subject, "metric": metric, "steps": training}
        jobs = {
            str(job.id): _job_key(job, subject, metric, steps, brotli_level) for job in group.jobs
        }
        return Keys(
            reference=_key("reference", {"subject": subject}),
            trained=_key("trained", trained) if training else None,
            jobs=jobs,
        )
    except UnknownContentError:
        return Keys()


def _job_key(job: Job, subject: Any, metric: Any, steps: list[Any], brotli_level: int) -> str:
    return _key(
        "job",
        {
            "subject": subject,
            "metric": metric,
            "steps": steps,
            "encoding": _plain(job.encoding),
            "target": job.target.value,
            "brotli": brotli_level,
        },
    )


def _key(kind: str, content: Mapping[str, Any]) -> str:
    return key_of(kind, {**content, "toolchain": toolchain()})


def _subject(spec: ModelSpec) -> dict[str, Any]:
    """A model, and the samples that it is run on."""
    module = spec.custom_ops_module
    return {
        "source": {**_plain(spec.source), "content": content_of_source(spec.source)},
        "data": {**_plain(spec.data), "content": content_of_data(spec.data)},
        "signature": spec.signature,
        "custom_ops": list(spec.custom_ops),
        "custom_ops_module": None if module is None else content_of_path(module),
        "keras": spec.keras,
        "options": _plain(spec.options),
    }


def _metric(spec: ModelSpec) -> list[str | None]:
    if spec.metric is None or ":" not in spec.metric:
        return [spec.metric]
    return [spec.metric, content_of_code(spec.metric, spec.metric_folder)]


def _step(step: Step) -> dict[str, Any]:
    told: dict[str, Any] = _plain(step)
    finetune: Finetune | None = step.finetune
    if finetune is not None and finetune.loop is not None:
        told["loop"] = content_of_code(finetune.loop, finetune.folder)
    return told


def _plain(thing: Any) -> Any:
    """A value of the domain as JSON, without the places where things lie.

    Mappings become lists of pairs: patterns count in the order in which they are written.
    """
    match thing:
        case Enum():
            plain: Any = thing.value
        case None | bool() | int() | float() | str():
            plain = thing
        case Path():
            plain = content_of_path(thing)
        case Mapping():
            plain = [[_plain(key), _plain(value)] for key, value in thing.items()]
        case list() | tuple():
            plain = [_plain(item) for item in thing]
        case _ if is_dataclass(thing):
            plain = {"": type(thing).__name__} | {
                field.name: _plain(getattr(thing, field.name))
                for field in fields(thing)
                if field.name not in _PLACES
            }
        case _:
            raise TypeError(f"a {type(thing).__name__} is no part of a key")
    return plain
