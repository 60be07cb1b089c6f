"""The meaning of a model's entry: its source, its samples, and how it is judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from sizewise.config.data import check_metric, find_data
from sizewise.config.entries import ModelEntry, OptionsEntry, SourceEntry
from sizewise.config.limits import max_drop
from sizewise.config.mistakes import Mistakes
from sizewise.config.sources import find_download, find_module, find_source
from sizewise.domain import (
    METRICS,
    ConversionOptions,
    DataSource,
    Limit,
    Location,
    ModelSpec,
    Source,
    SourceKind,
)
from sizewise.errors import SuiteError

_DEFAULT_KERAS = 2
"""The Keras of the zoo and of applications: every transform takes its models."""


class ModelReader:
    """Reads the entry of one model; ``at`` tells where each of its keys was written."""

    def __init__(
        self, entry: ModelEntry, folder: Path, at: Callable[..., Location], mistakes: Mistakes
    ) -> None:
        self._entry = entry
        self._folder = folder
        self._at = at
        self._mistakes = mistakes

    def read(
        self, name: str, suite_drop: str | None, options: OptionsEntry | None
    ) -> ModelSpec | None:
        """The model that the entry describes; None where something is wrong with it.

        ``suite_drop`` and ``options`` are the suite's own, which the model's come before.
        """
        entry, attempt = self._entry, self._mistakes.attempt
        source = attempt(self._source)
        data = attempt(self._data)
        limit = None
        if entry.metric is not None:
            if data is not None:
                attempt(check_metric, entry.metric, data, self._at("metric"))
            limit = attempt(self._limit, entry.metric, suite_drop)
        elif entry.max_drop is not None:
            self._mistakes.add(_no_metric(self._at("max-drop")))
        module = attempt(
            find_module, entry.custom_ops_module, self._folder, self._at("custom-ops-module")
        )
        if source is None or data is None:
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
            attempt(self._keras, source),
            None if entry.metric in (None, *METRICS) else self._folder.absolute(),
            _options(options, entry.options),
        )

    def _source(self) -> Source:
        entry, at = self._entry.source, self._at("source")
        if isinstance(entry, str):
            return find_source(entry, self._folder, at)
        if entry.application is not None:
            return self._application(entry, entry.application, at)
        names = {"inputs": entry.inputs, "outputs": entry.outputs, "tags": entry.tags}
        if entry.url is not None:
            return find_download(entry.url, entry.sha256, at, **names)
        assert entry.file is not None, "the shape has one of the three"
        return find_source(entry.file, self._folder, at, **names)

    def _application(self, entry: SourceEntry, name: str, at: Location) -> Source:
        return Source(
            SourceKind.APPLICATION,
            name,
            at,
            weights=entry.weights or "imagenet",
            input_shape=None if entry.input_shape is None else tuple(entry.input_shape),
            keras=entry.keras or self._entry.keras or _DEFAULT_KERAS,
        )

    def _data(self) -> DataSource:
        entry, at = self._entry.data, self._at("data")
        if entry is None:
            return DataSource("", at=at)
        if isinstance(entry, str):
            return find_data(entry, self._folder, at)
        found = find_data(entry.file, self._folder, at, train=entry.train, label=entry.label)
        return replace(
            found, limit=entry.limit, seed=entry.seed, scale=entry.scale, offset=entry.offset
        )

    def _limit(self, metric: str, suite_drop: str | None) -> Limit:
        if self._entry.max_drop is not None:
            return max_drop(self._entry.max_drop, metric, self._at("max-drop"))
        # The mistake is the model's: the suite's limit may well suit the others.
        return max_drop(suite_drop, metric, self._at("metric"))

    def _keras(self, source: Source) -> int | None:
        own = self._entry.keras
        inner = self._entry.source.keras if isinstance(self._entry.source, SourceEntry) else None
        if own is not None and inner is not None and own != inner:
            raise SuiteError(
                f"the model has keras {own} and its source keras {inner}",
                where=self._at("keras"),
                advice="leave one of them out",
            )
        given = inner if own is None else own
        if source.kind is SourceKind.APPLICATION:
            return source.keras
        if given is not None and source.kind is not SourceKind.CODE:
            raise SuiteError(
                "keras is for a source that is code or an application",
                where=self._at("keras") if own is not None else self._at("source", "keras"),
                advice="leave it out: of files the version is found out",
            )
        return _DEFAULT_KERAS if source.kind is SourceKind.ZOO else given


def _no_metric(at: Location) -> SuiteError:
    return SuiteError(
        "max-drop says how much of a metric may be lost, and the model has none",
        where=at,
        advice="add metric, or leave max-drop out",
    )


def _options(suite: OptionsEntry | None, own: OptionsEntry | None) -> ConversionOptions:
    given = [each.given for each in (suite, own) if each is not None]
    return ConversionOptions(**{key: value for each in given for key, value in each.items()})
