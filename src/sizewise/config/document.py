"""YAML text to plain values, each of which knows the line that it was written in.

Only what a suite needs is understood: mappings with text keys, lists, text, numbers, true and
false. Anchors, aliases, tags and further documents are refused, so that no text can grow when it
is read or name a Python object. ``yes``, ``no``, ``on`` and ``off`` are text, as in YAML 1.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

import yaml

from sizewise.config.variables import UnsetVariableError, expand
from sizewise.domain import Location
from sizewise.errors import SuiteError

KeyPath: TypeAlias = tuple[str | int, ...]
"""The way to a value from the top: keys of mappings and indices of lists."""

MAX_BYTES = 1_000_000
MAX_DEPTH = 16
MAX_DIGITS = 32

# libyaml is ten times faster; a PyYAML that was built without it understands the same.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_NUMBER = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,3})?")
_WORDS: Mapping[str, bool | None] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Document:
    """The values of a YAML file. ``lines`` has the line of each value, or of its key where the
    value is a mapping or a list.
    """

    file: Path
    text: str
    value: object
    lines: Mapping[KeyPath, int]

    def path_of(self, steps: Sequence[str | int]) -> KeyPath:
        """``steps`` without those that lead nowhere in this document."""
        path: KeyPath = ()
        for step in steps:
            if (*path, step) in self.lines:
                path = (*path, step)
        return path

    def keys(self, path: KeyPath) -> list[str]:
        """The keys of the mapping at ``path``, in the order of the file."""
        value: Any = self.value
        for step in path:
            value = value[step]
        return list(value)

    def at(self, path: KeyPath) -> Location:
        """Where the value at ``path`` was written; a path must exist."""
        return Location(self.file, self.lines[path])


def read_text(file: Path) -> str:
    """The text of a suite file. Raises SuiteError if there is none to be had."""
    try:
        if file.is_dir():
            raise SuiteError("this is a folder", where=file, advice="name a suite's YAML file")
        if not file.exists():
            raise SuiteError("no such suite file", where=file)
        with file.open("rb") as opened:
            content = opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise SuiteError(f"the suite cannot be read: {error.strerror}", where=file) from error
    if len(content) > MAX_BYTES:
        raise SuiteError(f"the suite is too large: above {MAX_BYTES} bytes", where=file)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SuiteError("the suite is no UTF-8 text", where=Location(file, line)) from error


def parse(text: str, file: Path, variables: Mapping[str, str]) -> tuple[Document, list[SuiteError]]:
    """The document in ``text`` and the mistakes that do not keep it from being read on.

    Raises SuiteError where nothing can be made of the text.
    """
    reader = _Reader(text, file, variables)
    try:
        value = reader.read()
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(error, text, file) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, max(text.find(chr(error.character)), 0)) + 1
        raise SuiteError(
            f"no valid YAML: character U+{error.character:04X} is not allowed",
            where=Location(file, line),
        ) from error
    return Document(file, text, value, reader.lines), reader.mistakes


def _syntax_error(error: yaml.MarkedYAMLError, text: str, file: Path) -> SuiteError:
    mark = error.problem_mark or error.context_mark
    number = None if mark is None else mark.line + 1
    lines = text.splitlines()
    line = lines[number - 1] if number is not None and number <= len(lines) else ""
    advice = None
    if "\t" in line[: len(line) - len(line.lstrip())]:
        advice = "indent with spaces, not with tabs"
    elif "${" in line:
        advice = 'inside [ ] and { }, put text with a variable in quotes: "${NAME}"'
    elif error.context_mark is not None:
        advice = f"{error.context} that starts in line {error.context_mark.line + 1}"
    return SuiteError(
        f"no valid YAML: {error.problem}", where=Location(file, number), advice=advice
    )


def _line(event: yaml.Event) -> int:
    assert event.start_mark is not None, "a parser gives every event its place"
    return event.start_mark.line + 1


class _Reader:
    """Builds values from the parser's events. Recursion is bounded by ``MAX_DEPTH``."""

    def __init__(self, text: str, file: Path, variables: Mapping[str, str]) -> None:
        self._events: Iterator[yaml.Event] = yaml.parse(text, Loader=_LOADER)
        self._file = file
        self._variables = variables
        self._unset: set[str] = set()
        self.lines: dict[KeyPath, int] = {(): 1}
        self.mistakes: list[SuiteError] = []

    def read(self) -> object:
        """The value of the only document; None if there is none."""
        value: object = None
        documents = 0
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._refuse(event, "a second document starts here", "one file is one suite")
                value = self._value(next(self._events), (), None)
        return value

    def _value(self, event: yaml.Event, path: KeyPath, key_line: int | None) -> object:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            self._refuse(event, "anchors and aliases are not supported", "write the value out")
        if (tag := getattr(event, "tag", None)) is not None:
            self._refuse(event, f"tags are not supported: {tag!r}", "leave the tag out")
        if len(path) > MAX_DEPTH:
            self._refuse(event, f"this is nested more than {MAX_DEPTH} levels deep", None)
        line = _line(event)
        if isinstance(event, yaml.ScalarEvent):
            self.lines[path] = line
            return self._scalar(event)
        self.lines[path] = line if key_line is None else key_line
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(path)
        return self._mapping(path)

    def _list(self, path: KeyPath) -> list[object]:
        values: list[object] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            values.append(self._value(event, (*path, len(values)), None))
        return values

    def _mapping(self, path: KeyPath) -> dict[str, object]:
        values: dict[str, object] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            line = _line(event)
            if not isinstance(event, yaml.ScalarEvent) or event.anchor or event.tag:
                self._refuse(event, "a key must be plain text", None)
            key = self._printable(event, event.value)
            if key in values:
                self._note(
                    event,
                    f"key {key!r} is written twice",
                    f"the first is in line {self.lines[*path, key]}",
                )
            values[key] = self._value(next(self._events), (*path, key), line)
        return values

    def _scalar(self, event: yaml.ScalarEvent) -> object:
        text = event.value
        if event.implicit[0]:  # neither quoted nor a block
            if text in _WORDS:
                return _WORDS[text]
            if _INTEGER.fullmatch(text):
                return int(text)
            if _NUMBER.fullmatch(text) and len(text) <= MAX_DIGITS:
                return float(text)
        try:
            text = expand(text, self._variables)
        except UnsetVariableError as error:
            (name,) = error.args
            if name not in self._unset:
                self._unset.add(name)
                self._note(
                    event,
                    f"variable {name!r} is not set",
                    f"set {name} or pass -D {name}=VALUE",
                )
        except ValueError as error:
            self._note(event, str(error), "write ${NAME} or ${NAME:-default}")
        return self._printable(event, text)

    def _printable(self, event: yaml.Event, text: str) -> str:
        if found := _UNPRINTABLE.search(text):
            self._note(event, f"the text has an unprintable character, U+{ord(found[0]):04X}", None)
            return _UNPRINTABLE.sub("?", text)
        return text

    def _note(self, event: yaml.Event, message: str, advice: str | None) -> None:
        where = Location(self._file, _line(event))
        self.mistakes.append(SuiteError(message, where=where, advice=advice))

    def _refuse(self, event: yaml.Event, message: str, advice: str | None) -> NoReturn:
        self._note(event, message, advice)
        raise self.mistakes[-1]
