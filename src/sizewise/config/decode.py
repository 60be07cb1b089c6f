"""The meaning of a well-formed suite: shapes become ``domain`` values, paths are looked at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from sizewise.config.budgets import read_budgets
from sizewise.config.document import Document, KeyPath
from sizewise.config.limits import max_drop
from sizewise.config.mistakes import Mistakes
from sizewise.config.shape import (
    DataEntry,
    EncodingLists,
    ModelEntry,
    PatternMap,
    SourceEntry,
    StepEntry,
    SuiteFile,
)
from sizewise.config.sources import find_data, find_download, find_module, find_source
from sizewise.config.transforms import decode_transform
from sizewise.domain import (
    DataSource,
    Encoding,
    Location,
    ModelSpec,
    Prune,
    Source,
    Suite,
    Target,
    Transform,
)
from sizewise.errors import SuiteError


def decode(shape: SuiteFile, document: Document) -> Suite:
    """The suite that ``shape`` describes; ``document`` tells the lines.

    Raises one SuiteError that lists all mistakes.
    """
    decoder = _Decoder(shape, document)
    suite = Suite(
        name=shape.suite,
        path=document.file,
        text=document.text,
        models=decoder.models(),
        transforms=decoder.transforms(),
        encodings=decoder.encodings(),
    )
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
        place: KeyPath = ("models", name)
        attempt = self.mistakes.attempt
        source = attempt(_source, entry.source, self._folder, self._at(*place, "source"))
        data = attempt(_data, entry.data, self._folder, self._at(*place, "data"))
        limit_text, limit_at = entry.max_drop, self._at(*place, "max-drop")
        if limit_text is None:
            # The mistake is the model's: the suite's limit may well suit the others.
            limit_text, limit_at = self._shape.max_drop, self._at(*place, "metric")
        limit = attempt(max_drop, limit_text, entry.metric, limit_at)
        module = attempt(
            find_module,
            entry.custom_ops_module,
            self._folder,
            self._at(*place, "custom-ops-module"),
        )
        if source is None or data is None or limit is None:
            return None
        return ModelSpec(
            name,
            source,
            data,
            entry.metric,
            limit,
            entry.signature,
            tuple(entry.custom_ops),
            module,
        )

    def transforms(self) -> tuple[Transform, ...]:
        transforms = tuple(
            Transform((Prune(entry.prune.sparsity),))
            if isinstance(entry, StepEntry)
            else decode_transform(entry)
            for entry in self._shape.transforms
        )
        self._refuse_twice("transform", (each.name for each in transforms), ("transforms",))
        return transforms

    def encodings(self) -> dict[Target, tuple[Encoding, ...]]:
        lists = _lists(self._shape.encodings)
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


def _source(entry: str | SourceEntry, folder: Path, at: Location) -> Source:
    if isinstance(entry, str):
        return find_source(entry, folder, at)
    names = {"inputs": entry.inputs, "outputs": entry.outputs, "tags": entry.tags}
    if entry.url is not None:
        return find_download(entry.url, entry.sha256, at, **names)
    assert entry.file is not None, "the shape has one of the two"
    return find_source(entry.file, folder, at, **names)


def _data(entry: str | DataEntry, folder: Path, at: Location) -> DataSource:
    if isinstance(entry, DataEntry):
        return find_data(entry.file, folder, at, limit=entry.limit, seed=entry.seed)
    return find_data(entry, folder, at)


def _lists(entries: EncodingLists) -> Mapping[Target, tuple[Encoding, ...]]:
    return {
        Target.TFJS: tuple(_encoding(entry) for entry in entries.tfjs),
        Target.TFJS_LAYERS: tuple(_encoding(entry) for entry in entries.tfjs_layers),
        Target.TFLITE: tuple(_encoding(entry) for entry in entries.tflite),
    }


def _encoding(entry: str | PatternMap) -> Encoding:
    if isinstance(entry, PatternMap):
        return Encoding(entry.name, entry.patterns)
    return Encoding(entry)
