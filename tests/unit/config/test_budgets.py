import re
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest
import yaml

from sizewise.config.budgets import budgets_schema, load_budgets
from sizewise.domain.budget import Against, Figure
from sizewise.errors import SuiteError
from support.budgets import rule, written

DOCS = Path(__file__).parents[3] / "docs"


@pytest.fixture
def budgets_file(tmp_path):
    def write(text):
        file = tmp_path / "budgets.yml"
        file.write_text(text)
        return file

    return write


def mistakes(budgets_file, text):
    file = budgets_file(text)
    with pytest.raises(SuiteError) as caught:
        load_budgets(file)
    return str(caught.value).replace(f"{file.parent}/", "").splitlines()


def test_budgets_keep_their_order_and_know_their_lines(budgets_file):
    file = budgets_file("budgets:\n  'b/*':\n    raw: 1 kB\n    drop: 1 pp\n  a/*: {gzip: +0 %}\n")
    first, second = load_budgets(file)
    assert [first.pattern, second.pattern] == ["b/*", "a/*"]
    assert [str(each.at) for each in first.rules] == [f"{file}:3", f"{file}:4"]
    assert str(second.at) == f"{file}:5"


@pytest.mark.parametrize(
    ("figure", "least"),
    [("raw", False), ("drop", False), ("agreement", True), ("sqnr", True), ("latency", False)],
)
def test_a_plain_limit_is_the_most_or_the_least(figure, least):
    limit = {"raw": "1 kB", "drop": "1 pp", "agreement": "98 %", "sqnr": "9 dB", "latency": "2x"}
    found = rule(figure, limit[figure])
    assert (found.low is not None, found.high is not None) == (least, not least)


@pytest.mark.parametrize("limit", ["±2 %", "+-2 %", "+/-2 %", "{max: +2 %, min: -2 %}"])
def test_both_sides(limit):
    found = rule("brotli", limit)
    assert (found.high.amount, found.low.amount) == (Decimal("0.02"), Decimal("-0.02"))
    assert found.needs_baseline


def test_what_a_budget_was_set_on():
    found = rule("brotli", "{set: 41210 B, max: +5 %}")
    assert (found.set_on, found.high.against, found.needs_baseline) == (41210, Against.BASE, False)


def test_numbers_need_no_quotes():
    assert rule("drop", 0.00001).high.amount == Decimal("0.00001")
    assert rule("total-files", 3).high.amount == 3


WRONG = [
    ("brotly: 1 kB", "unknown figure 'brotly' in a budget; did you mean 'brotli'?"),
    ("raw: 5 %", "'5 %' is no limit of raw; write 25 kB, 25 KiB, or against the baseline"),
    ("raw: true", "the limit of raw is true; write 25 kB"),
    ("raw: [1]", "the limit of raw is a list; write 25 kB"),
    ("raw:", "the limit of raw is missing; write 25 kB"),
    ("raw: {}", "the limit of raw has neither max nor min; write {max: ...}"),
    ("raw: {most: 1 kB}", "unknown key 'most' in the limit of raw; known: max, min, set"),
    ("raw: {max: 1 kB, min: 2 kB}", "min is above max in the limit of raw: 2 kB and 1 kB"),
    ("raw: {set: 1 kB, max: 2 kB}", "raw is set on 1 kB, and its limits do not count from it"),
    ("raw: {set: +1 %, max: +1 %}", "raw is set on '+1 %', which is no figure; write what"),
    ("raw: {set: 1 kB}", "the limit of raw has neither max nor min"),
    ("latency: {set: 2x, max: +1 %}", "latency cannot be set: times of other machines"),
    ("latency: {max: 2x float32, min: -5 %}", "max and min of latency count from different"),
]


@pytest.mark.parametrize(("entry", "message"), WRONG)
def test_a_mistake_is_told_with_its_line_and_the_remedy(budgets_file, entry, message):
    (found,) = mistakes(budgets_file, f"budgets:\n  '*':\n    {entry}\n")
    assert found.startswith(f"budgets.yml:3: {message}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "there are no budgets here; add budgets:, such as"),
        ("- 1\n", "there are no budgets here"),
        ("budgets:\n", "budgets is missing; such as"),
        ("budgets: {}\n", "budgets is empty"),
        ("budgets: [1]\n", "budgets is a list"),
        ("budgets: 3\n", "budgets is 3, no mapping"),
        ("budgets: {a: }\n", "the budget of 'a' is missing"),
        ("budgets: {a: {}}\n", "the budget of 'a' is empty"),
        ("budgets: {' ': {raw: 1 B}}\n", "the pattern of a budget is empty"),
        ("budget: {a: {raw: 1 B}}\n", "unknown key 'budget'; did you mean 'budgets'?"),
        ("budgets: {a: {raw: '${GONE}'}}\n", "variable 'GONE' is not set"),
    ],
)
def test_a_file_without_proper_budgets(budgets_file, text, message, monkeypatch):
    monkeypatch.delenv("GONE", raising=False)
    assert message in mistakes(budgets_file, text)[0]


def test_all_mistakes_are_told_at_once(budgets_file):
    text = "budgets:\n  a: {raw: 5 %}\n  b: {rww: 1 B}\n"
    assert [line[:13] for line in mistakes(budgets_file, text)] == [
        "budgets.yml:2",
        "budgets.yml:3",
    ]


def test_a_missing_file(tmp_path):
    with pytest.raises(SuiteError, match="no such file with budgets"):
        load_budgets(tmp_path / "gone.yml")


def test_a_suite_may_hold_variables_that_only_its_run_needs(budgets_file, monkeypatch):
    monkeypatch.delenv("GONE", raising=False)
    suite = "suite: s\nmodels: {m: {source: '${GONE}/m'}}\nbudgets: {'*': {raw: 1 kB}}\n"
    assert len(load_budgets(budgets_file(suite))) == 1
    assert "'${GONE}' is no limit" in mistakes(budgets_file, suite.replace("1 kB", "'${GONE}'"))[0]


def test_a_limit_may_come_from_the_environment(budgets_file, monkeypatch):
    monkeypatch.setenv("LIMIT", "7 kB")
    (budget,) = load_budgets(budgets_file("budgets: {'*': {raw: '${LIMIT}'}}\n"))
    assert budget.rules[0].high.amount == 7000


def examples():
    return re.findall(r"```yaml\n(.*?)```", (DOCS / "budgets.md").read_text(), re.DOTALL)


def test_the_examples_of_the_docs_are_read():
    (example,) = examples()
    found = [each.figure for b in written(example.partition("\n")[2]) for each in b.rules]
    assert {Figure.BROTLI, Figure.TOTAL_FILES, Figure.CONVERSION, Figure.LATENCY} <= set(found)


def test_the_docs_name_every_figure():
    text = (DOCS / "budgets.md").read_text()
    assert [figure for figure in Figure if f"`{figure}`" not in text] == []


def test_the_schema_takes_the_examples_and_no_unknown_figure():
    schema = budgets_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    (example,) = examples()
    jsonschema.validate(yaml.safe_load(example)["budgets"], schema)
    for wrong in ({"a": {"rww": 1}}, {"a": {}}, {"a": {"latency": {"set": 1, "max": "2x"}}}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)
