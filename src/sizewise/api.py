"""From a suite file to a run with its report: what the command line and Python code share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sizewise.analysis import RunSummary, summarise
from sizewise.config import load_suite
from sizewise.records import Run, layout, load_run
from sizewise.reports.markdown import report
from sizewise.run import Listener, RunOutcome, run_suite
from sizewise.storage import write_file


@dataclass(frozen=True, slots=True)
class Finished:
    """How a run ended, and what it found."""

    outcome: RunOutcome
    summary: RunSummary


def run(
    suite: str | Path,
    *,
    select: str | None = None,
    output: str | Path | None = None,
    define: Mapping[str, str] | None = None,
) -> Run:
    """Run a suite file and give its records, which are kept on disk with a ``report.md``.

    ``select`` is a glob over job ids, ``output`` the folder below which runs are kept
    (``results/runs``), and ``define`` the values of variables that the suite names. A job that
    fails is a row with a status and a reason. Raises a SizewiseError, with nothing written,
    for a mistake in the suite, a model or its data; Ctrl-C stays a KeyboardInterrupt, and
    ``load_run`` gives what was finished.
    """
    finished = run_and_report(
        Path(suite),
        select=select,
        output=None if output is None else Path(output),
        define=define or {},
    )
    if finished.outcome.interrupted:
        raise KeyboardInterrupt
    return finished.summary.run


def run_and_report(
    path: Path,
    *,
    select: str | None,
    output: Path | None,
    define: Mapping[str, str],
    brotli_level: int = 5,
    listener: Listener | None = None,
) -> Finished:
    """Run a suite, read its records back, and write ``report.md`` beside them."""
    outcome = run_suite(
        load_suite(path, define),
        select=select,
        output=output,
        brotli_level=brotli_level,
        listener=listener,
    )
    summary = summarise(load_run(outcome.folder))
    write_file(outcome.folder / layout.REPORT, report(summary))
    return Finished(outcome, summary)
