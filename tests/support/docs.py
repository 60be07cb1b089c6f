"""A page of the documentation as what its reader does: files to write, commands to run.

- A ``console`` block holds commands, the lines that start with ``$ ``, each with what it prints
  below it. ``# exit 1`` behind a command says with which code it ends; without that it is 0.
- A ``yaml`` block whose first line is a comment with a file's name, as ``# suite.yaml``, is that
  file.

Figures differ from machine to machine, and so does the place where a long line is wrapped. Lines
are therefore compared with numbers, their units, dates and run ids masked and white space
collapsed; ``…`` on the page stands for whatever is there.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from support.terminal import SIZEWISE, environment, sizewise_here

_BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_PROMPT = "$ "
_SHELL = re.compile(r"[<>|;&$`]")
_EXIT = re.compile(r"\s+# exit (?P<code>\d+)$")
_FILE = re.compile(r"# (?P<name>[\w.-]+\.ya?ml)\n")

_MASKS = (
    (re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{4}"), "RUN"),
    (re.compile(r"\b(?:\d{4}-)?\d\d-\d\d\b"), "DATE"),
    (re.compile(r"[▁-█]+"), "LINE"),
    (re.compile(r"─+"), " "),
    (re.compile(r"\[\s+"), "["),
    (
        re.compile(
            r"(?<![\w.])[+−-]?\d[\d,]*(?:\.\d+)?(?: ?(?:B|[kM]i?B|[mµ]?s|%|pp|dB))?(?![\w.]*\w)"
        ),
        "#",
    ),
    (re.compile(r"\s+"), " "),
)


@dataclass(frozen=True)
class Written:
    """A file that the page shows."""

    name: str
    text: str


@dataclass(frozen=True)
class Command:
    """A command at a line of the page: its exit code, and the lines shown below it."""

    line: int
    text: str
    code: int
    shown: tuple[str, ...]


@dataclass(frozen=True)
class Ended:
    """What a command that has run printed, stderr included, and its exit code."""

    code: int
    output: str


def steps(page: str) -> Iterator[Written | Command]:
    """What the reader of the page does, in order."""
    for block in _BLOCK.finditer(page):
        body = block["body"]
        if block["language"] == "console":
            yield from _commands(body, page.count("\n", 0, block.start("body")) + 1)
        elif block["language"] == "yaml" and (named := _FILE.match(body)):
            yield Written(named["name"], body)


def follow(page: str, folder: Path, done: Mapping[str, Ended]) -> list[str]:
    """Do in ``folder`` what the page says, and tell where it is not as the page says.

    ``done`` are commands that were carried out before, in the folder that this is a copy of.
    """
    complaints = []
    for step in steps(page):
        if isinstance(step, Written):
            (folder / step.name).write_text(step.text)
        else:
            ended = done.get(step.text) or _carry_out(step.text, folder)
            complaints += differences(step, ended)
    return complaints


def differences(command: Command, ended: Ended) -> list[str]:
    """What the page shows of a command, and the command does not do."""
    where = f"line {command.line}: {command.text}"
    found = [
        f"{where}\n  does not print: {line}"
        for line in command.shown
        if not _is_in(line, mask(ended.output))
    ]
    if ended.code != command.code:
        found.insert(0, f"{where}\n  ends with {ended.code}, not with {command.code}")
    return [f"{each}\n{ended.output}" for each in found]


def mask(text: str) -> str:
    """The text without what differs from machine to machine."""
    for pattern, instead in _MASKS:
        text = pattern.sub(instead, text)
    return text.strip()


def _commands(body: str, first: int) -> Iterator[Command]:
    lines = body.splitlines()
    places = [place for place, line in enumerate(lines) if line.startswith(_PROMPT)]
    for place, end in zip(places, [*places[1:], len(lines)], strict=True):
        text = lines[place].removeprefix(_PROMPT)
        exits = _EXIT.search(text)
        yield Command(
            line=first + place,
            text=_EXIT.sub("", text),
            code=int(exits["code"]) if exits else 0,
            shown=tuple(line for line in lines[place + 1 : end] if line.strip(" …")),
        )


def _is_in(line: str, output: str) -> bool:
    """Whether the parts of a line between ``…`` are in the masked output, one after another."""
    place = 0
    for part in map(mask, line.split("…")):
        found = output.find(part, place)
        if found < 0:
            return False
        place = found + len(part)
    return True


def _carry_out(command: str, folder: Path) -> Ended:
    """A plain ``sizewise`` command in this process, all others as a shell has them."""
    if command.startswith("sizewise ") and not _SHELL.search(command):
        _, verb, *arguments = shlex.split(command)
        # A run starts processes, and is to be alone with them.
        if verb != "run":
            done = sizewise_here(verb, *arguments, cwd=folder)
            return Ended(done.returncode, done.stdout)
    path = f"{SIZEWISE.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=folder,
        env=environment() | {"PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
    )
    return Ended(done.returncode, done.stdout)
