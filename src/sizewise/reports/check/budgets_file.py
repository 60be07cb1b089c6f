"""Budgets as the YAML file that they are read from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from decimal import Decimal

from sizewise.domain.budget import Budget, Figure, Rule
from sizewise.records import Run
from sizewise.reports.text import one_line

_HEAD = """\
# Budgets set on run {run_id} of {suite}.
# set: what the figure was; max counts from it, whatever the baseline is. To raise a budget on
# purpose, write it anew: `sizewise budgets RUN`.
budgets:
"""


def budgets_file(run: Run, budgets: Iterable[Budget]) -> str:
    """The text of a budgets file with these budgets, which were set on ``run``; a line a job."""
    head = _HEAD.format(run_id=one_line(run.run_id), suite=one_line(run.suite))
    return head + "".join(f"  {_quoted(each.pattern)}: {_rules(each)}\n" for each in budgets)


def _rules(budget: Budget) -> str:
    return "{" + ", ".join(f"{rule.figure}: {_limit(rule)}" for rule in budget.rules) + "}"


def _limit(rule: Rule) -> str:
    sides = dict(_sides(rule))
    if len(sides) == 1:
        return next(iter(sides.values()))
    return "{" + ", ".join(f"{name}: {text}" for name, text in sides.items()) + "}"


def _sides(rule: Rule) -> Iterator[tuple[str, str]]:
    if rule.set_on is not None:
        yield "set", _set(rule.figure, rule.set_on)
    if rule.high is not None:
        yield "max", rule.high.text
    if rule.low is not None:
        yield "min", rule.low.text


def _set(figure: Figure, value: Decimal) -> str:
    return f"{value:f}" if figure is Figure.TOTAL_FILES else f"{value:f} B"


def _quoted(text: str) -> str:
    # JSON's strings are YAML's.
    return json.dumps(text)
