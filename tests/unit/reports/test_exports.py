import json
import re
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

from sizewise.reports.exports import openmetrics, pytest_benchmark, smaller_is_better
from support.rows import make_failure, make_record, make_run, make_showcase

LATENCIES = (0.0021, 0.0019, 0.002, 0.0022, 0.0045)
COMPARE = Path(sys.executable).with_name("pytest-benchmark")

# The grammar of OpenMetrics 1.0, line by line.
NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
ESCAPED = r'(?:[^"\\\n]|\\[n"\\])*'
NUMBER = r"[-+]?(?:\d+(?:\.\d*)?(?:e[-+]?\d+)?|\.\d+(?:e[-+]?\d+)?)"
LINE = re.compile(
    rf"# TYPE {NAME} (?:gauge|info)"
    rf"|# UNIT {NAME} [a-z]+"
    rf"|# HELP {NAME} {ESCAPED}"
    rf'|(?P<name>{NAME})\{{(?P<labels>{NAME}="{ESCAPED}"(?:,{NAME}="{ESCAPED}")*)\}} {NUMBER}'
)


@pytest.fixture(scope="module")
def run():
    return make_run(
        make_record("kws/float32@tfjs", latencies_seconds=LATENCIES, latency_seconds=0.0021),
        make_record("kws/uint8@tfjs", metric="mae", metric_value=44.0, sqnr_db=None),
        make_failure("kws/int8@tflite"),
    )


# pytest-benchmark


def test_pytest_benchmark(snapshot, run):
    assert pytest_benchmark(run) == snapshot


def test_the_statistics_are_those_of_the_samples(run):
    latency, conversion = json.loads(pytest_benchmark(run))["benchmarks"][:2]
    assert latency["group"] == "latency"
    assert latency["stats"]["data"] == list(LATENCIES)
    assert latency["stats"]["median"] == statistics.median(LATENCIES)
    assert latency["stats"]["stddev"] == statistics.stdev(LATENCIES)
    assert latency["stats"]["iqr_outliers"] == 1
    assert (latency["stats"]["ld15iqr"], latency["stats"]["hd15iqr"]) == (0.0019, 0.0022)
    assert conversion["stats"]["rounds"] == 1
    assert conversion["stats"]["mean"] == 1.25
    assert conversion["extra_info"]["size_brotli_bytes"] == 98_000


def test_the_fields_are_those_that_pytest_benchmark_writes(run):
    from pytest_benchmark.stats import Stats

    for benchmark in json.loads(pytest_benchmark(run))["benchmarks"]:
        assert set(benchmark["stats"]) == {*Stats.fields, "data", "iterations"}


def test_pytest_benchmark_compares_two_runs(tmp_path, run):
    slower = make_run(make_record("kws/float32@tfjs", latencies_seconds=(0.01, 0.012)))
    for name, each in (("base", run), ("head", slower)):
        (tmp_path / f"{name}.json").write_text(pytest_benchmark(each))
    done = subprocess.run(
        [COMPARE, "compare", "base.json", "head.json", "--group-by=fullname", "-k", "latency"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert "Failed to load" not in done.stderr
    assert "made-up::latency[kws/float32@tfjs]': 2 tests" in done.stdout


def test_a_time_of_zero_has_no_operations_per_second():
    zero = make_run(make_record(latencies_seconds=(0.0, 0.0)))
    benchmark = json.loads(pytest_benchmark(zero))["benchmarks"][0]
    assert benchmark["stats"]["ops"] == 0.0


# github-action-benchmark


def test_smaller_is_better(snapshot, run):
    assert smaller_is_better(run) == snapshot


def test_its_entries_are_what_the_action_reads(run):
    entries = json.loads(smaller_is_better(run))
    for entry in entries:
        assert set(entry) - {"range", "extra"} == {"name", "unit", "value"}
        assert isinstance(entry["value"], int | float)
        assert entry["value"] > 0
        assert {type(entry[key]) for key in entry.keys() - {"value"}} == {str}
    assert len({entry["name"] for entry in entries}) == len(entries)


def test_only_what_is_better_when_smaller_is_among_them(run):
    names = [entry["name"] for entry in json.loads(smaller_is_better(run))]
    assert "kws/uint8@tfjs: mae" in names
    assert not [name for name in names if "accuracy" in name or "drop" in name or "SQNR" in name]


def test_jobs_with_several_runtimes_have_names_of_their_own():
    rows = [make_record("net/uint8@tfjs", runtime=name) for name in ("node-wasm", "node-cpu")]
    entries = json.loads(smaller_is_better(make_run(*rows)))
    assert len({entry["name"] for entry in entries}) == len(entries)


# OpenMetrics


def families(text):
    return dict(re.findall(rf"# TYPE ({NAME}) (\w+)", text))


def test_openmetrics(snapshot, run):
    assert openmetrics(run) == snapshot


@pytest.mark.parametrize("make", [make_showcase, make_run])
def test_every_line_is_in_the_grammar(make):
    *lines, end, after = openmetrics(make()).split("\n")
    assert (end, after) == ("# EOF", "")
    assert [line for line in lines if not LINE.fullmatch(line)] == []


def test_samples_follow_their_family_and_units_end_its_name():
    text = openmetrics(make_showcase())
    family = None
    for line in text.splitlines()[:-1]:
        if line.startswith("# TYPE"):
            family = line.split()[2]
        elif line.startswith("# UNIT"):
            _, _, name, unit = line.split(" ")
            assert name == family
            assert name.endswith(f"_{unit}")
        elif not line.startswith("#"):
            assert LINE.fullmatch(line)["name"] in {family, f"{family}_info"}
    assert len(re.findall("# TYPE", text)) == len(families(text))


def test_label_sets_are_unique():
    lines = [line for line in openmetrics(make_showcase()).splitlines() if line[0] != "#"]
    sets = [line.rpartition(" ")[0] for line in lines]
    assert len(set(sets)) == len(sets)


def test_names_are_escaped():
    row = make_record(model='a"b\\c\nd')
    assert r'model="a\"b\\c\nd"' in openmetrics(make_run(row))
    assert all(LINE.fullmatch(line) for line in openmetrics(make_run(row)).split("\n")[:-2])


def test_failed_jobs_are_there_and_have_no_figures(run):
    lines = [line for line in openmetrics(run).splitlines() if "kws/int8@tflite" in line]
    assert len(lines) == 1
    assert lines[0].startswith("sizewise_job_ok{")
    assert lines[0].endswith(" 0")
