import dataclasses
import io
import json

import pytest
from rich.cells import cell_len
from rich.console import Console

from sizewise.analysis.compare import compare
from sizewise.domain import Status
from sizewise.records import RunState
from sizewise.reports import compare as reports
from support.rows import make_failure, make_record, make_run

SLOW = tuple(0.004 + 0.0001 * number for number in range(10))
FAST = tuple(0.002 + 0.0001 * number for number in range(10))


def timed(job_id, latencies, **changes):
    return make_record(job_id, latency_seconds=latencies[5], latencies_seconds=latencies, **changes)


@pytest.fixture(scope="module")
def showcase():
    """A comparison with every mark."""
    base = [
        make_record("kws/float32@tfjs"),
        make_record("kws/float16@tfjs", size_brotli_bytes=58_000),
        timed("kws/uint16@tfjs", FAST),
        make_record("kws/uint8@tfjs", size_brotli_bytes=22_564, sqnr_db=23.7, agreement=0.993),
        make_record("kws/prune50/uint8@tfjs"),
        make_failure("kws/int8@tflite"),
        make_failure("kws/dynamic_int8@tflite", Status.TIMEOUT, "no answer in 60 s"),
        make_record("kws/float16@tflite", compression="gzip 6 (zlib 1.2), brotli 5 (1.1.0)"),
        make_record("kws/prune80/uint8@tfjs"),
    ]
    head = [
        make_record("kws/float32@tfjs", conversion_seconds=9.5),
        make_record("kws/float16@tfjs", size_brotli_bytes=57_000),
        timed("kws/uint16@tfjs", SLOW, artifact_sha256="1" * 64),
        make_record(
            "kws/uint8@tfjs",
            size_brotli_bytes=23_241,
            sqnr_db=22.1,
            agreement=0.9921,
            metric_value=0.911,
            metric_drop=0.002,
        ),
        make_failure("kws/prune50/uint8@tfjs", reason="Kernel 'Erfc' |\nis [bold]not[/bold] there"),
        make_record("kws/int8@tflite"),
        make_failure("kws/dynamic_int8@tflite", Status.TIMEOUT, "no answer in 60 s"),
        make_record("kws/float16@tflite", compression="gzip 6 (zlib 1.3), brotli 5 (1.1.0)"),
        make_record("kws/mixed@tfjs"),
    ]
    new = make_run(*head, job_ids=[*(row.job_id for row in head), "kws/late@tfjs"])
    new = dataclasses.replace(
        new,
        run_id="20261122T031200Z-3c4d",
        state=RunState.INTERRUPTED,
        environment={**new.environment, "python": "3.12.1"},
    )
    return compare(make_run(*base), new)


def shown(comparison, width=120):
    console = Console(file=io.StringIO(), width=width, highlight=False)
    console.print(reports.table(comparison))
    return console.file.getvalue()


@pytest.mark.parametrize("width", [80, 120])
def test_the_table(snapshot, showcase, width):
    assert shown(showcase, width) == snapshot


def test_the_markdown(snapshot, showcase):
    assert reports.markdown(showcase) == snapshot


def test_the_json(snapshot, showcase):
    assert reports.as_json(showcase) == snapshot


@pytest.mark.parametrize("width", [60, 80, 200])
def test_no_line_is_wider_than_the_terminal(showcase, width):
    assert all(cell_len(line) <= width for line in shown(showcase, width).splitlines())


def test_nothing_changed():
    same = compare(make_run(make_record()), make_run(make_record()))
    assert shown(same).splitlines()[-1].strip() == "1 job: 1 same"
    assert "|" not in reports.markdown(same)
    assert reports.markdown(same).startswith("**1 job: 1 same**\n")


def test_runs_without_any_rows():
    nothing = compare(make_run(), make_run())
    assert "no jobs" in shown(nothing)
    assert json.loads(reports.as_json(nothing))["rows"] == []


def test_names_are_text_and_nothing_else():
    evil = "<img src=x>|`[x](y)`\x1b[31m"
    row = make_failure("net/uint8@tfjs", reason=evil)
    comparison = compare(make_run(make_record("net/uint8@tfjs")), make_run(row))
    text = reports.markdown(comparison)
    assert "<img" not in text
    assert "\x1b" not in text
    assert "\x1b" not in shown(comparison)
    assert json.loads(reports.as_json(comparison))["rows"][0]["why"].endswith(evil)


def test_the_json_is_strict_and_complete(showcase):
    document = json.loads(reports.as_json(showcase), parse_constant=pytest.fail)
    assert len(document["rows"]) == len(showcase.rows)
    assert sum(document["counts"].values()) == len(showcase.rows)
