"""A run in the OpenMetrics text format, for Prometheus and its relatives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sizewise.domain import Record, Status
from sizewise.records import Run

_Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Gauge:
    """A family of gauges: ``values`` gives a row's, each with the labels that it needs more.

    The format demands that a name ends with its unit.
    """

    name: str
    unit: str
    help: str
    values: Callable[[Record], Iterator[tuple[float | None, _Labels]]]


def _column(name: str, **labels: str) -> Callable[[Record], Iterator[tuple[float | None, _Labels]]]:
    def values(record: Record) -> Iterator[tuple[float | None, _Labels]]:
        yield getattr(record, name), labels

    return values


def _sizes(record: Record) -> Iterator[tuple[float | None, _Labels]]:
    yield record.size_raw_bytes, {"form": "raw"}
    yield record.size_gzip_bytes, {"form": "gzip"}
    yield record.size_brotli_bytes, {"form": "brotli"}


def _metric(record: Record) -> Iterator[tuple[float | None, _Labels]]:
    yield record.metric_value, {"metric": record.metric or ""}


def _drop(record: Record) -> Iterator[tuple[float | None, _Labels]]:
    yield record.metric_drop, {"metric": record.metric or ""}


_GAUGES = (
    _Gauge("sizewise_size_bytes", "bytes", "Size of an artifact, as stored or compressed.", _sizes),
    _Gauge("sizewise_metric_value", "", "Metric that an artifact reaches in its runtime.", _metric),
    _Gauge(
        "sizewise_metric_drop",
        "",
        "How much worse its metric is than the untouched model's; above 0 is worse.",
        _drop,
    ),
    _Gauge(
        "sizewise_agreement_ratio",
        "ratio",
        "Share of samples on which it chooses the untouched model's class.",
        _column("agreement"),
    ),
    _Gauge(
        "sizewise_sqnr_decibels",
        "decibels",
        "Signal-to-quantization-noise ratio of its outputs.",
        _column("sqnr_db"),
    ),
    _Gauge(
        "sizewise_conversion_seconds",
        "seconds",
        "What its conversion costs in a warm process.",
        _column("conversion_seconds"),
    ),
    _Gauge(
        "sizewise_latency_seconds",
        "seconds",
        "Median time of a run on one sample.",
        _column("latency_seconds"),
    ),
)


def openmetrics(run: Run) -> str:
    """OpenMetrics 1.0: one exposition of the run, ending with ``# EOF``.

    All are gauges, a sample for each row that has the figure; ``sizewise_job_ok`` has one for
    every row. There are no timestamps, which node_exporter's textfile collector refuses;
    ``sizewise_run_started_seconds`` says of when the figures are.
    """
    info = {"run_id": run.run_id, "fingerprint": run.fingerprint, "version": run.sizewise}
    lines = [
        *_heading("sizewise_run", "info", "", "The run that the figures are of."),
        _sample("sizewise_run_info", {"suite": run.suite, **info}, 1),
        *_heading("sizewise_run_started_seconds", "gauge", "seconds", "When it started."),
        _sample("sizewise_run_started_seconds", {"suite": run.suite}, run.started.timestamp()),
        *_heading("sizewise_job_ok", "gauge", "", "1 if the job worked, 0 if it failed."),
    ]
    lines += [
        _sample("sizewise_job_ok", _labels(run, record), int(record.status is Status.OK))
        for record in run.records
    ]
    for gauge in _GAUGES:
        lines += _heading(gauge.name, "gauge", gauge.unit, gauge.help)
        lines += [
            _sample(gauge.name, {**_labels(run, record), **more}, value)
            for record in run.records
            if record.status is Status.OK
            for value, more in gauge.values(record)
            if value is not None
        ]
    return "\n".join([*lines, "# EOF", ""])


def _labels(run: Run, record: Record) -> _Labels:
    return {
        "suite": run.suite,
        "job_id": record.job_id,
        "model": record.model,
        "transform": record.transform,
        "encoding": record.encoding,
        "target": record.target,
        "runtime": record.runtime or "",
    }


def _heading(name: str, kind: str, unit: str, text: str) -> Iterator[str]:
    yield f"# TYPE {name} {kind}"
    if unit:
        yield f"# UNIT {name} {unit}"
    yield f"# HELP {name} {_escaped(text)}"


def _sample(name: str, labels: _Labels, value: float) -> str:
    told = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items() if text)
    return f"{name}{{{told}}} {value!r}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
