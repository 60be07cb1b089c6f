"""A suite with a single model: made of arguments, or cut out of a suite."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sizewise.config.document import parse, read_text
from sizewise.config.load import decode_text, load_suite
from sizewise.domain import Encoding, ModelSpec, Suite
from sizewise.errors import RequestError, SuiteError, did_you_mean

SUITE_ENDINGS = (".yaml", ".yml")
_PATHS = ("source", "data", "custom-ops-module", "file", "train")
"""Keys whose values may be paths."""


@dataclass(frozen=True, slots=True)
class Single:
    """One model as a suite has it; ``entry`` is what is written of it, ``folder`` what its paths
    are relative to, and ``options`` are the suite's own.
    """

    spec: ModelSpec
    entry: Mapping[str, Any]
    folder: Path
    options: Mapping[str, Any] | None = None

    def text(self, encoding: Encoding, file: Path) -> str:
        """The suite at ``file`` that makes the model in ``encoding`` for TensorFlow.js."""
        document: dict[str, Any] = {
            "suite": f"{self.spec.name}-{encoding.name}"[:64],
            "models": {self.spec.name: _moved(dict(self.entry), self.folder, file.parent)},
            "encodings": {"tfjs": [entry_of(encoding)]},
        }
        if self.options:
            document["options"] = dict(self.options)
        return yaml.safe_dump(document, sort_keys=False, width=100, allow_unicode=True)


def entry_of(encoding: Encoding) -> str | dict[str, Any]:
    """How a suite writes an encoding."""
    if encoding.patterns is None:
        return encoding.name
    patterns = {key: list(given) for key, given in encoding.patterns.items()}
    return {"name": encoding.name, **patterns}


def yaml_of(encoding: Encoding) -> str:
    """An encoding as an item of a suite's list."""
    text: str = yaml.safe_dump([entry_of(encoding)], sort_keys=False, width=100)
    return text


def single_model(
    written: str,
    *,
    model: str | None = None,
    define: Mapping[str, str] | None = None,
    **entry: Any,
) -> Single:
    """The model of the suite ``written``, or of the source ``written`` with what ``entry`` says.

    ``model`` names one of several models of a suite. ``entry`` are the keys of a model other than
    its source, of which None ones are left out; paths are relative to the working folder. Raises
    SuiteError and RequestError for what cannot be meant.
    """
    given = {key: value for key, value in entry.items() if value is not None}
    if written.lower().endswith(SUITE_ENDINGS):
        if given:
            raise RequestError(
                f"{written} says itself what its models' {' and '.join(given)} are",
                advice="leave the option out, or name the model's source instead of a suite",
            )
        return _of_suite(Path(written), model, define)
    name = model or _name_of(written)
    own = {"source": written, **given}
    document = {
        "suite": "single",
        "models": {name: own},
        "encodings": {"tfjs": ["float32"]},
    }
    try:
        suite = decode_text(yaml.safe_dump(document), Path.cwd() / "suite.yaml", define)
    except SuiteError as error:
        # There is no such file, and so no line of it.
        raise RequestError(error.message, advice=error.advice) from error
    return Single(suite.models[0], own, Path.cwd())


def _of_suite(path: Path, model: str | None, define: Mapping[str, str] | None) -> Single:
    suite = load_suite(path, define)
    spec = _chosen(suite, model)
    document, _ = parse(read_text(path), path, {**os.environ, **(define or {})})
    value: Any = document.value
    return Single(spec, value["models"][spec.name], path.parent, value.get("options"))


def _chosen(suite: Suite, model: str | None) -> ModelSpec:
    names = [spec.name for spec in suite.models]
    if model is None and len(names) > 1:
        raise RequestError(
            f"{suite.path} has {len(names)} models",
            advice=f"name one with --model: {', '.join(names)}",
        )
    if model is not None and model not in names:
        raise RequestError(
            f"{suite.path} has no model {model!r}", advice=did_you_mean(model, names)
        )
    return next(spec for spec in suite.models if model in (None, spec.name))


def _name_of(written: str) -> str:
    stem = Path(written.removeprefix("zoo:").partition(":")[0].rstrip("/")).stem
    name = "".join(sign if sign.isalnum() or sign in "._-" else "-" for sign in stem).lstrip("._-")
    return name[:64] or "model"


def _moved(value: Any, old: Path, new: Path) -> Any:
    """An entry whose paths are relative to another folder."""
    if not isinstance(value, dict):
        return value
    return {key: _moved_value(key, each, old, new) for key, each in value.items()}


def _moved_value(key: str, value: Any, old: Path, new: Path) -> Any:
    if key not in _PATHS or not isinstance(value, str):
        return _moved(value, old, new)
    is_relative = not Path(value).is_absolute() and (old / value).exists()
    return os.path.relpath(old / value, new) if is_relative else value
