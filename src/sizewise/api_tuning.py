"""What Python code calls, as ``sizewise.tune`` and ``sizewise.sensitivity``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from sizewise.config.argument import known_word
from sizewise.config.single import SUITE_ENDINGS, Single, single_model
from sizewise.domain import SHARE_METRICS, Limit
from sizewise.domain.tuning import Auto, Evidence, Goal
from sizewise.errors import RecordsError, RequestError
from sizewise.reports import tuning as reports
from sizewise.reports.html import Shown, tuning_page
from sizewise.run.tuning.task import Task
from sizewise.storage import write_file
from sizewise.tuning import Sensitivities, TunedModel, sensitivities_of, tune_model
from sizewise.units import parse_seconds, parse_share

DEFAULT_OUTPUT = Path("results", "tuned")
"""Below which a tuning is kept that is not told where."""
REPORT, PAGE = "report.md", "report.html"

DataEntry: TypeAlias = "str | Path | Mapping[str, Any]"
"""Samples as a suite names them: a file, ``zoo:NAME``, or a mapping such as
``{"file": "samples.npz", "limit": 500}``.
"""
Tell: TypeAlias = Callable[[str], None]
"""Told what is being done, a line at a time."""


def tune(
    model: str | Path,
    out: str | Path | None = None,
    *,
    name: str | None = None,
    data: DataEntry | None = None,
    metric: str | None = None,
    signature: str | None = None,
    max_drop: str | float | None = None,
    agreement: float | None = None,
    sqnr: float | None = None,
    evidence: str = "shown",
    minimize: str = "brotli",
    time_limit: str | float = 600.0,
    trials: int = 8,
    seed: int = 0,
    define: Mapping[str, str] | None = None,
    tell: Tell = lambda _: None,
) -> TunedModel:
    """Find the smallest mix of encodings that is shown to keep what may be lost.

    ``model`` is a suite (``.yaml``), of whose models ``name`` chooses one, or what a suite can
    name: a path, ``zoo:NAME``, ``package.module:function``. ``data``, ``metric`` and ``signature``
    are for the latter. ``max_drop`` is ``"1 pp"``, ``"1 %"`` (of the original) or a number in the
    metric's unit, ``agreement`` a share of 1, ``sqnr`` in dB; several hold together, and without
    any the suite's ``max-drop`` counts. ``evidence`` is ``"shown"`` or ``"estimated"``,
    ``minimize`` is ``"brotli"`` or ``"raw"``, and ``time_limit`` is in seconds or as ``"10m"``.
    ``define`` are the values of variables that a suite names; ``tell`` is given lines of progress.

    The folder ``out`` (``results/tuned/MODEL``) holds the artifact, the suite that makes it again,
    ``report.md``, ``report.html`` and every trial; called again, it goes on from there. Raises a
    SizewiseError: RequestError and SuiteError for mistakes in what is asked for, SourceError and
    DataError for those in the model and its samples, RecordsError for a folder that holds another
    tuning.
    """
    single = _single(model, name, define, data=data, metric=metric, signature=signature)
    spec = single.spec
    limit = None if max_drop is None else _limit(max_drop, spec.metric)
    if limit is None and agreement is None and sqnr is None and spec.max_drop is None:
        raise RequestError(
            f"nothing says what {spec.name} may lose", advice="give max_drop, agreement or sqnr"
        )
    known_word(evidence, [each.value for each in Evidence], "evidence")
    known_word(minimize, [each.value for each in Goal], "size to minimize")
    if agreement is not None and not 0 <= agreement <= 1:
        raise RequestError(f"an agreement of {agreement} is no share of 1", advice="give 0.98")
    if trials < 1:
        raise RequestError(f"{trials} trials verify nothing", advice="give 1 or more")
    auto = Auto(
        limit,
        agreement,
        sqnr,
        Goal(minimize),
        _meant(parse_seconds, time_limit),
        trials,
        seed,
        Evidence(evidence),
    )
    folder = DEFAULT_OUTPUT / spec.name if out is None else Path(out)
    return tune_and_report(single, Task(spec, auto), folder, tell)


def tune_and_report(single: Single, task: Task, folder: Path, tell: Tell) -> TunedModel:
    """Tune a model, and write reports beside the trials. Raises what ``tune_model`` raises."""
    made = tune_model(single, task, folder, tell)
    shown = Shown(single.spec.name, made.view, made.entry)
    written = {
        REPORT: reports.markdown(made.tuned, single.spec.metric, made.entry),
        PAGE: tuning_page(shown),
    }
    for file, text in written.items():
        try:
            write_file(folder / file, text)
        except OSError as error:
            raise RecordsError(
                f"cannot write: {error.strerror or error}", where=folder / file
            ) from error
    return made


def sensitivity(
    model: str | Path,
    *,
    name: str | None = None,
    data: DataEntry | None = None,
    metric: str | None = None,
    signature: str | None = None,
    sqnr: float = 40.0,
    seed: int = 0,
    define: Mapping[str, str] | None = None,
    tell: Tell = lambda _: None,
) -> Sensitivities:
    """Measure what each weight's encoding alone costs in drift and saves in bytes.

    Its ``maps`` are what the upstream converter's own encodings can do with that: the smallest
    whose noise is expected to stay ``sqnr`` dB below the outputs. Arguments and errors are those of
    ``tune``. Nothing is written.
    """
    single = _single(model, name, define, data=data, metric=metric, signature=signature)
    return sensitivities_of(single, seed, sqnr, tell)


def _single(
    model: str | Path, name: str | None, define: Mapping[str, str] | None, **entry: Any
) -> Single:
    written = str(model)
    if not written.lower().endswith(SUITE_ENDINGS) and entry["data"] is None:
        raise RequestError(
            "a model that is no suite needs samples to be judged on", advice="give data"
        )
    entry["data"] = _plain(entry["data"])
    return single_model(written, model=name, define=define, **entry)


def _plain(value: Any) -> Any:
    """What a suite would have: paths as text."""
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return str(value) if isinstance(value, Path) else value


def _limit(given: str | float, metric: str | None) -> Limit:
    if str(given).rstrip().endswith("pp") and metric not in SHARE_METRICS:
        raise RequestError(
            f"{metric or 'a model without a metric'} has no percentage points to lose",
            advice="give a share, such as 1 %, or a number in the metric's unit",
        )
    return Limit(*_meant(parse_share, given))


def _meant(parse: Callable[[Any], Any], given: Any) -> Any:
    try:
        return parse(given)
    except ValueError as error:
        raise RequestError(str(error)) from error
