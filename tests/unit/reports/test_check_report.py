import io
import json
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console

from sizewise.analysis.budgets import Outcome, check
from sizewise.domain import Location
from sizewise.errors import SuiteError
from sizewise.reports.check import (
    as_json,
    github_annotations,
    github_error,
    junit,
    markdown,
    table,
)
from sizewise.reports.check.amounts import amount, change
from sizewise.reports.check.wording import limit, sentence
from support.budgets import written
from support.rows import make_record, make_run
from support.verdicts import mixed_judgement


@pytest.fixture(scope="module")
def judgement():
    return mixed_judgement()


def on_terminal(renderable, width=120):
    console = Console(width=width, file=io.StringIO(), color_system=None, highlight=False)
    console.print(renderable)
    return console.file.getvalue()


def of_many(count, size=2000):
    run = make_run(*(make_record(f"m{n}/uint8@tfjs", size_brotli_bytes=size) for n in range(count)))
    return check(run, written('  "**": {brotli: 1500 B, raw: 1 MB}\n'))


def finding(entry, *baselines, **changes):
    run = make_run(make_record("net/uint8@tfjs", **changes))
    bases = [make_run(make_record("net/uint8@tfjs", **base)) for base in baselines]
    return check(run, written(f'  "**": {{{entry}}}\n'), bases).findings[0]


def test_the_made_up_judgement_has_something_of_everything(judgement):
    assert {found.outcome for found in judgement.findings} == set(Outcome)
    assert judgement.exit_code == 1


def test_the_terminal(judgement, snapshot):
    assert on_terminal(table(judgement)) == snapshot


def test_a_narrow_terminal_loses_no_figure(judgement):
    text = on_terminal(table(judgement), width=60)
    assert max(map(len, text.splitlines())) <= 60
    assert "25,001 B" in text


def test_many_kept_budgets_are_counted():
    text = on_terminal(table(of_many(100, size=1000)))
    assert text.count("✓") == 40
    assert "… and 160 more that are kept" in text


def test_many_broken_budgets_are_counted():
    text = on_terminal(table(of_many(100)))
    assert text.count("✗") == 120
    assert "… and 40 more that are not: see --json FILE" in text


def test_a_name_is_no_markup():
    found = written('  "[[]red]*": {brotli: 1 B}\n')
    run = make_run(replace(make_record(), job_id="[red]boo/uint8@tfjs"))
    assert "[red]boo/uint8@tfjs" in on_terminal(table(check(run, found)))


def test_the_markdown(judgement, snapshot):
    assert markdown(judgement) == snapshot


def test_the_markdown_escapes_what_others_wrote(judgement):
    text = markdown(judgement)
    assert "<Erfc>" not in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {8}


def test_the_markdown_fits_into_a_comment():
    text = markdown(of_many(2000))
    assert 50_000 < len(text) < 65_536
    assert text.count("… and ") == 3
    assert "### Budgets broken: 2000 broken, 2000 kept." in text


def test_the_annotations(judgement, snapshot):
    assert github_annotations(judgement, Path()) == snapshot


def test_an_annotation_is_one_line_with_its_escapes(tmp_path):
    ((budget,), run) = (written('  "**": {brotli: 1 B}\n'), make_run(make_record()))
    at = Location(tmp_path / "a,b:c%.yml", 7)
    rules = tuple(replace(rule, at=at) for rule in budget.rules)
    text = github_annotations(check(run, [replace(budget, rules=rules)]), tmp_path)
    assert text.startswith("::error file=a%2Cb%3Ac%25.yml,line=7,title=sizewise%3A net/float32")
    assert text.count("\n") == 1


def test_a_mistake_is_an_annotation_too():
    error = SuiteError("50 % wrong\nand more", where="budgets.yml:3")
    expected = "::error title=sizewise::budgets.yml:3: 50 %25 wrong%0Aand more\n"
    assert github_error(error) == expected


def test_the_junit_report(judgement, snapshot):
    assert junit(judgement) == snapshot


def test_the_junit_report_is_read_by_a_parser_and_its_counts_add_up(judgement):
    (suite,) = ET.fromstring(junit(judgement).encode())
    counts = judgement.counts
    assert int(suite.get("tests")) == len(suite) == len(judgement.findings)
    assert int(suite.get("failures")) == len(suite.findall(".//failure")) == counts["broken"]
    assert int(suite.get("errors")) == len(suite.findall(".//error")) == counts["not measured"]
    skipped = counts["undecided"] + counts["incomparable"]
    assert int(suite.get("skipped")) == len(suite.findall(".//skipped")) == skipped


def test_characters_that_xml_cannot_hold_are_replaced():
    run = replace(make_run(make_record()), suite="a\x00b\ud800<&>")
    text = junit(check(run, written('  "**": {brotli: 1 B}\n')))
    assert ET.fromstring(text.encode())[0].get("name") == "a?b?<&>"


def test_the_json(judgement, snapshot):
    assert as_json(judgement) == snapshot


def test_the_json_is_strict_even_for_equal_outputs(judgement):
    def refuse(text):
        raise AssertionError(f"{text} is no JSON")

    document = json.loads(as_json(judgement), parse_constant=refuse)
    (equal,) = [found for found in document["findings"] if found["figure"] == "sqnr"]
    assert (equal["actual"], equal["low"], equal["outcome"]) == (None, 20.0, "kept")


AMOUNTS = [
    ("brotli: 25 kB", {"size_brotli_bytes": 25_001}, "25.0 kB (25,001 B)", "≤ 25.0 kB (25,000 B)"),
    ("brotli: 300", {"size_brotli_bytes": 299}, "299 B", "≤ 300 B"),
    ("total-files: 3", {}, "2", "≤ 3"),
    ("drop: 1 pp", {"metric_drop": -0.0105}, "−1.05 pp", "≤ 1 pp"),
    ("drop: 1 %", {"metric": "mae", "metric_reference": 44.1}, "0", "≤ 0.441"),
    ("drop: 0.00001", {"metric": "mae", "metric_drop": 0.00002}, "0.00002", "≤ 0.00001"),
    ("agreement: 98 %", {"agreement": 0.9875}, "98.75 %", "≥ 98 %"),
    ("sqnr: 20 dB", {"sqnr_db": 28.77}, "28.77 dB", "≥ 20 dB"),
    ("sqnr: 20 dB", {"sqnr_db": None, "max_abs_error": 0.0}, "∞", "≥ 20 dB"),
]


@pytest.mark.parametrize(("entry", "changes", "actual", "allowed"), AMOUNTS)
def test_each_figure_is_shown_with_its_unit(entry, changes, actual, allowed):
    found = finding(entry, **changes)
    assert amount(found, found.actual) == actual
    assert limit(found) == allowed


CHANGES = [
    ("brotli: +1 %", {"size_brotli_bytes": 1010}, {"size_brotli_bytes": 1000}, "+1.00 % (+10 B)"),
    ("raw: +1 %", {"size_raw_bytes": 1500}, {"size_raw_bytes": 3000}, "−50.00 % (−1,500 B)"),
    ("raw: +1 %", {"size_raw_bytes": 7}, {"size_raw_bytes": 0}, "+7 B"),
    ("raw: +1 %", {}, {}, "0"),
    ("drop: +1 pp", {"metric_drop": 0.012}, {"metric_drop": 0.01}, "+0.2 pp"),
    ("agreement: -1 pp", {"agreement": 0.98}, {"agreement": 0.99}, "−1 pp"),
    ("sqnr: -1 dB", {"sqnr_db": 29.5}, {"sqnr_db": 30.0}, "−0.5 dB"),
    ("sqnr: 1 dB", {"sqnr_db": 29.5}, {"sqnr_db": None, "max_abs_error": 0.0}, "–"),
    ("conversion: 2x", {"conversion_seconds": 3.0}, {"conversion_seconds": 2.0}, "1.50x"),
    ("total-files: +0 %", {"files": ("a",)}, {"files": ("a", "b")}, "−1"),
    ("raw: 1 MB", {}, {"size_raw_bytes": None}, "–"),
]


@pytest.mark.parametrize(("entry", "now", "base", "expected"), CHANGES)
def test_each_change_is_shown_with_its_unit(entry, now, base, expected):
    assert change(finding(entry, base, **now)) == expected


def test_a_fraction_of_a_byte_is_not_allowed():
    found = finding("raw: ±0.05 %", {"size_raw_bytes": 1001}, size_raw_bytes=1001)
    assert limit(found) == "≥ 1.00 kB (1,001 B) [-0.05 %], ≤ 1.00 kB (1,001 B) [+0.05 %]"


def test_a_sentence_says_what_it_is_compared_with():
    base = {"size_raw_bytes": 1000}
    assert "; baseline 1.00 kB" in sentence(finding("raw: 1 B", base, size_raw_bytes=2000))
    found = finding("raw: {set: 1 kB, max: +1 %}", size_raw_bytes=2000)
    assert "; set on 1.00 kB (1,000 B), change +100.00 % (+1,000 B)" in sentence(found)
