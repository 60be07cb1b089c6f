"""What a run takes from the store instead of doing it again."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sizewise.domain import Job, ModelSpec, Record, Target
from sizewise.errors import RecordsError, StoreError
from sizewise.records import from_row, layout
from sizewise.run.kept import ARTIFACT, TENSORS
from sizewise.run.keys import key_of_check, key_of_environment
from sizewise.run.places import artifact_path
from sizewise.run.rows import with_limit
from sizewise.storage import new_folder
from sizewise.store import Entry, Store

Environment = Mapping[str, str | int]

_OF_ANOTHER_VERSION = (KeyError, TypeError, ValueError, AttributeError)
"""What reading an entry raises that says something else than this version would have written."""

_SHA256 = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Taken:
    """A row that an earlier run has kept, and the environment that it was measured in."""

    record: Record
    environment: Environment


@dataclass(frozen=True)
class Reuse:
    """The store as a run sees it. With ``fresh``, nothing is taken from it.

    ``warn`` hears of a store that cannot be used; the run then does all work itself.
    """

    store: Store
    fresh: bool
    warn: Callable[[str], None]
    _warned: list[str] = field(default_factory=list)

    def job(self, key: str | None, job: Job, folder: Path) -> Taken | None:
        """A job's row, with its artifact and the list of its constants put into the run's folder.

        Names and limits are those of this run. None where nothing is kept. Raises RecordsError
        where the run's folder cannot be written.
        """
        if key is None or self.fresh:
            return None
        try:
            with self.store.opened(key) as entry:
                return None if entry is None else _taken(entry, job, folder)
        except StoreError as error:
            self._say(error)
        except _OF_ANOTHER_VERSION:
            # The keys did not tell: made again.
            return None
        return None

    def collect(self, key: str, job: Job, folder: Path) -> Taken:
        """What another machine has just kept. Raises StoreError where it is not here, and
        RecordsError where the run's folder cannot be written.
        """
        with self.store.opened(key) as entry:
            if entry is None:
                raise StoreError(
                    f"what a worker has kept for {job.id} is not there",
                    where=self.store.location,
                    advice="name a store that this machine and all workers reach alike",
                )
            try:
                return _taken(entry, job, folder)
            except _OF_ANOTHER_VERSION as error:
                raise StoreError(
                    f"what a worker has kept for {job.id} is of no use: {error}",
                    where=self.store.location,
                ) from error

    def is_checked(self, spec: ModelSpec) -> bool:
        """Whether this model and this data were found to be of use before."""
        key = None if self.fresh else key_of_check(spec)
        return key is not None and self._value(key) is not None

    def keep_check(self, spec: ModelSpec) -> None:
        """Keep that a model and its data are of use."""
        if (key := key_of_check(spec)) is not None:
            self._put(key, {"model": spec.name})

    def environment(self, base: Environment, targets: Sequence[Target]) -> Environment | None:
        """The whole description of an environment of which ``base`` is known, if it is kept."""
        if self.fresh:
            return None
        value = self._value(key_of_environment(base, tuple(targets)))
        described = None if value is None else value.get("environment")
        return dict(described) if isinstance(described, Mapping) and described else None

    def keep_environment(
        self, base: Environment, targets: Sequence[Target], environment: Environment
    ) -> None:
        """Keep the description of an environment."""
        key = key_of_environment(base, tuple(targets))
        self._put(key, {"environment": dict(environment)})

    def keep_within(self, limit: int) -> None:
        """Make the store smaller where it has become larger than ``limit`` bytes."""
        try:
            self.store.keep_within(limit)
        except StoreError as error:
            self._say(error)

    def _value(self, key: str) -> Mapping[str, Environment] | None:
        try:
            return self.store.value(key)
        except StoreError as error:
            self._say(error)
            return None

    def _put(self, key: str, value: Mapping[str, object]) -> None:
        try:
            self.store.put(key, value)
        except StoreError as error:
            self._say(error)

    def _say(self, error: StoreError) -> None:
        if not self._warned:
            self._warned.append(str(error))
            self.warn(f"the store is not used: {error}")


def _taken(entry: Entry, job: Job, folder: Path) -> Taken:
    record = from_row(entry.value["row"])
    # It is part of the name of a file.
    if record.artifact_sha256 is not None and not _SHA256.fullmatch(record.artifact_sha256):
        raise ValueError("the digest of the artifact is none")
    environment = dict(entry.value["environment"])
    place = artifact_path(job)
    record = replace(
        record,
        job_id=str(job.id),
        model=job.model.name,
        transform=job.transform.name,
        encoding=job.encoding.name,
        artifact_path=None if record.artifact_path is None else place.as_posix(),
    )
    files = [name for name in entry.names if name.startswith(ARTIFACT)]
    try:
        if files:
            with new_folder(folder / place) as temporary:
                for name in files:
                    entry.extract(name, temporary / name.removeprefix(ARTIFACT))
        if record.artifact_sha256 is not None and TENSORS in entry.names:
            entry.extract(TENSORS, folder / layout.tensors_of(record.artifact_sha256))
    except OSError as error:
        raise RecordsError(
            f"cannot write: {error.strerror or error}",
            where=folder,
            advice="name another folder with --output",
        ) from error
    return Taken(with_limit(record, job.model), environment)
