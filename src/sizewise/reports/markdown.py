"""The report of a run as Markdown: the answer first, then the evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from sizewise.analysis import ModelSummary, RunSummary
from sizewise.domain import FORMAT_VERSION
from sizewise.reports.columns import (
    FLAG_MEANING,
    MARKS,
    WITHIN,
    cells_of,
    columns_of,
    columns_of_run,
    heading_of,
    mark,
)
from sizewise.reports.scale import Scale
from sizewise.reports.text import (
    FLAG,
    advice,
    answer_lines,
    ending,
    failure_lines,
    flag_line,
    note_line,
    one_line,
    reference_line,
)
from sizewise.units import format_seconds

_SPECIAL = re.compile(r"[\\`*~\[\]|]|(?<!\w)_|_(?!\w)")


def report(summary: RunSummary) -> str:
    """The whole report, ending with a line end."""
    parts = [
        _heading(summary),
        *_section("What to ship", map(_item, map(escaped, answer_lines(summary, Path())))),
        *(part for model in summary.models for part in _model(model)),
        *_section("How to read this", _explanations(summary)),
        *_section("Environment", _environment(summary)),
    ]
    return "\n\n".join(parts) + "\n"


def escaped(text: str) -> str:
    """``text`` in one line, shown by Markdown as it is."""
    plain = one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(r"\\\g<0>", plain)


def _heading(summary: RunSummary) -> str:
    run = summary.run
    ran = f"Run {run.run_id}"
    if run.finished is not None:
        ran += f", {format_seconds((run.finished - run.started).total_seconds())}"
    return "\n\n".join(map(escaped, [f"# {run.suite}", f"{ran}.", *ending(summary)]))


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    if body := "\n".join(lines):
        yield f"## {title}"
        yield body


def _item(text: str) -> str:
    return f"- {text}"


def _model(model: ModelSummary) -> Iterator[str]:
    yield f"## {escaped(model.name)}"
    where = ", ".join(
        f"{t.target} in {' and '.join(t.runtimes)}" for t in model.targets if t.runtimes
    )
    yield escaped(f"{reference_line(model)}." + (f" Run: {where}." if where else ""))
    yield "\n".join(_table(model))
    below = [*failure_lines(model)]
    below += [flag_line(flag, job_ids) for flag, job_ids in model.flags.items()]
    below += [note_line(note, job_ids) for note, job_ids in model.notes.items()]
    if below:
        yield "\n".join(_item(escaped(line)) for line in below)


def _table(model: ModelSummary) -> Iterator[str]:
    scale, columns = Scale.of_model(model), columns_of(model)
    yield _row(["", "target", *(heading_of(column, scale) for column in columns)])
    yield _row([":-:", ":--", *("--:" if column.numeric else ":--" for column in columns)])
    for target in model.targets:
        for row, cells in zip(target.rows, cells_of(target.rows, columns, scale), strict=True):
            texts = [escaped(text) for text in (target.target, *cells)]
            if row.smallest or row.smallest_of_target:
                texts = [f"**{text}**" for text in texts]
            yield _row([mark(row).strip(), *texts])


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _explanations(summary: RunSummary) -> Iterator[str]:
    for column in columns_of_run(summary):
        yield _item(f"**{column.name}**: {escaped(column.meaning)}")
    for sign, meaning in MARKS.items():
        yield _item(f"{sign} {escaped(meaning)}")
    if summary.has_flags:
        yield _item(f"{FLAG} {escaped(FLAG_MEANING)}")
    yield _item(escaped(WITHIN))
    for text in advice(summary):
        yield ""
        yield text


def _environment(summary: RunSummary) -> Iterator[str]:
    run = summary.run
    yield _row(["", ""])
    yield _row([":--", ":--"])
    entries = {
        "sizewise": run.sizewise,
        "format": FORMAT_VERSION,
        "started": run.started.isoformat(timespec="seconds"),
        **run.environment,
        "fingerprint": run.fingerprint,
    }
    for name, value in entries.items():
        yield _row([escaped(str(name)), escaped(str(value))])
