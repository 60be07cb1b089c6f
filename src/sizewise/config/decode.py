"""The meaning of a well-formed suite: shapes become ``domain`` values, paths are looked at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sizewise.config.budgets import read_budgets
from sizewise.config.document import Document, KeyPath
from sizewise.config.entries import ModelEntry
from sizewise.config.matches import check_clusters, check_training
from sizewise.config.mistakes import Mistakes
from sizewise.config.models import ModelReader
from sizewise.config.shape import SuiteFile
from sizewise.config.transform_entries import transform_of
from sizewise.domain import Encoding, Location, ModelSpec, Suite, Target, Transform
from sizewise.errors import SuiteError


def decode(shape: SuiteFile, document: Document) -> Suite:
    """The suite that ``shape`` describes; ``document`` tells the lines.

    Raises one SuiteError that lists all mistakes.
    """
    decoder = _Decoder(shape, document)
    models = decoder.models()
    suite = Suite(
        name=shape.suite,
        path=document.file,
        text=document.text,
        models=models,
        transforms=decoder.transforms(),
        encodings=decoder.encodings(models),
    )
    decoder.match(suite)
    decoder.mistakes.attempt(read_budgets, document)
    decoder.mistakes.raise_if_any()
    return suite


class _Decoder:
    def __init__(self, shape: SuiteFile, document: Document) -> None:
        self._shape = shape
        self._document = document
        self._folder = document.file.parent
        self.mistakes = Mistakes()

    def models(self) -> tuple[ModelSpec, ...]:
        specs = (self._model(name, entry) for name, entry in self._shape.models.items())
        return tuple(spec for spec in specs if spec is not None)

    def _model(self, name: str, entry: ModelEntry) -> ModelSpec | None:
        def at(*keys: str) -> Location:
            return self._at("models", name, *keys)

        reader = ModelReader(entry, self._folder, at, self.mistakes)
        return reader.read(name, self._shape.max_drop, self._shape.options)

    def transforms(self) -> tuple[Transform, ...]:
        transforms = tuple(transform_of(entry, self._folder) for entry in self._shape.transforms)
        self._refuse_twice("transform", (each.name for each in transforms), ("transforms",))
        return transforms

    def encodings(self, models: Sequence[ModelSpec]) -> dict[Target, tuple[Encoding, ...]]:
        entries = self._shape.encodings
        if entries is None:
            # Of a model that has a mistake of its own it is not known what it is.
            if len(models) < len(self._shape.models):
                return {}
            if not all(model.source.is_tflite for model in models):
                self._refuse(
                    (),
                    "the suite has no 'encodings'",
                    f"it is {SuiteFile.model_fields['encodings'].description}",
                )
            return {}
        lists = {target: entries.of(target) for target in Target}
        written = self._document.keys(("encodings",))
        if self._shape.targets is None:
            targets = [Target(key) for key in written]
        else:
            targets = [Target(name) for name in self._shape.targets]
            self._refuse_twice("target", self._shape.targets, ("targets",))
        if not targets:
            self._refuse(("encodings",), "encodings is empty", "such as tfjs: [float32, uint8]")
        for target in set(map(Target, written)):
            self._refuse_twice(
                "encoding", (each.name for each in lists[target]), ("encodings", str(target))
            )
        for index, target in enumerate(targets):
            if not lists[target]:
                self._refuse(
                    ("targets", index),
                    f"target {str(target)!r} has no encodings",
                    f"add {target} to encodings, or take it out of targets",
                )
        return {target: lists[target] for target in targets}

    def match(self, suite: Suite) -> None:
        """Look for transforms that a model or an encoding of the suite cannot be meant for."""
        encodings = [each for listed in suite.encodings.values() for each in listed]
        for index, transform in enumerate(suite.transforms):
            at = self._at("transforms", index)
            for error in check_training(transform, suite.models, at):
                self.mistakes.add(error)
            for error in check_clusters(transform, encodings, at):
                self.mistakes.add(error)

    def _refuse_twice(self, what: str, names: Iterable[str], place: KeyPath) -> None:
        seen: set[str] = set()
        for index, name in enumerate(names):
            if name in seen:
                self._refuse((*place, index), f"{what} {name!r} is listed twice", None)
            seen.add(name)

    def _refuse(self, place: KeyPath, message: str, advice: str | None) -> None:
        self.mistakes.add(SuiteError(message, where=self._at(*place), advice=advice))

    def _at(self, *place: str | int) -> Location:
        return self._document.at(self._document.path_of(place))
