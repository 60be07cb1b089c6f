"""The ``budgets:`` of a suite, or of a file of their own.

```yaml
budgets:
  "kws/*/uint8@tfjs": {brotli: 25 kB, drop: 1 pp, agreement: 98 %}
  "*@tflite": {raw: +0 %, conversion: 1.5x}
  "digits-cnn/**": {file: 4 MB, total-files: 3}
  "kws/uint8@tfjs": {brotli: {max: +1 %, min: -5 %}, gzip: ±2 %}
  "kws/float16@tfjs": {brotli: {set: 41210 B, max: +5 %}}
```

A key is a shell pattern over job ids, as for ``--select``. A value without a sign is the limit
itself: the most that a size, a loss or a time may be, the least for ``agreement`` and ``sqnr``.
One with a sign is a change against the baseline run. ``{max: ..., min: ...}`` and ``±2 %`` bound
a figure on both sides, for a shrink that nobody expected can be a bug. ``set`` is what the figure
was when the budget was set: changes count from it, whatever the baseline is, so that many small
steps do not pass.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from sizewise.config.bounds import DESCRIPTIONS, parse_bound
from sizewise.config.document import Document, KeyPath, parse, read_text
from sizewise.config.mistakes import Mistakes
from sizewise.domain import Location
from sizewise.domain.budget import Against, Bound, Budget, Figure, Measure, Rule
from sizewise.errors import SuiteError, did_you_mean

KEY = "budgets"
_EXAMPLE = 'such as "kws/*/uint8@tfjs": {brotli: 25 kB, drop: 1 pp}'
_LEAST = frozenset({Figure.AGREEMENT, Figure.AGREEMENT_SHOWN, Figure.SQNR})
"""Figures of which a plain limit is the least that is allowed."""
_TIMES = frozenset({Figure.CONVERSION, Figure.LATENCY})
_ONE_THING = "count both from the baseline, or both from float32"
_PARTS = ("max", "min", "set")
_BOTH_SIDES = ("±", "+/-", "+-")


def load_budgets(file: Path) -> tuple[Budget, ...]:
    """The budgets in ``file``: one that has only them, or a suite.

    ``${NAME}`` takes its value from the environment. Raises SuiteError, with the line of each
    mistake, and for a file without budgets.
    """
    if not file.exists():
        raise SuiteError("no such file with budgets", where=file)
    document, found = parse(read_text(file), file, os.environ)
    value = document.value
    is_suite = isinstance(value, dict) and "suite" in value
    mistakes = Mistakes()
    # A suite's other parts may hold variables that only its run needs: what an unset one leaves
    # behind in a budget is no limit, and is told as such.
    for mistake in () if is_suite else found:
        mistakes.add(mistake)
    if isinstance(value, dict) and not is_suite:
        for key in value.keys() - {KEY}:
            _add(mistakes, document, (key,), f"unknown key {key!r}", did_you_mean(key, (KEY,)))
    mistakes.raise_if_any()
    budgets = read_budgets(document)
    if not budgets:
        raise SuiteError(
            "there are no budgets here",
            where=file,
            advice=f"add {KEY}:, {_EXAMPLE}; or name a file that has some with --budgets",
        )
    return budgets


def read_budgets(document: Document) -> tuple[Budget, ...]:
    """The budgets of a document, in its order; none if it has no ``budgets``.

    Raises one SuiteError that lists all mistakes.
    """
    if not isinstance(document.value, dict) or KEY not in document.value:
        return ()
    reader = _Reader(document)
    budgets = reader.budgets(document.value[KEY])
    reader.mistakes.raise_if_any()
    return budgets


def budgets_schema() -> dict[str, Any]:
    """The JSON schema of the value of ``budgets``."""
    figures = {}
    for figure in Figure:
        bound = {"type": ["string", "number"], "description": DESCRIPTIONS[figure]}
        parts = {part: bound for part in _PARTS if part != "set" or figure not in _TIMES}
        sides = {"type": "object", "properties": parts, "additionalProperties": False}
        figures[figure.value] = {"anyOf": [bound, sides], "description": DESCRIPTIONS[figure]}
    return {
        "type": "object",
        "description": "what artifacts may weigh, lose and cost, by shell pattern over job ids",
        "additionalProperties": {
            "type": "object",
            "minProperties": 1,
            "properties": figures,
            "additionalProperties": False,
        },
    }


def _add(
    mistakes: Mistakes, document: Document, path: KeyPath, message: str, advice: str | None
) -> None:
    mistakes.add(SuiteError(message, where=document.at(path), advice=advice))


class _Reader:
    """Reads what it can, and gathers what is wrong with the rest."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self.mistakes = Mistakes()

    def budgets(self, value: object) -> tuple[Budget, ...]:
        if not isinstance(value, dict) or not value:
            self._refuse((KEY,), f"{KEY} is {_described(value)}", _EXAMPLE)
            return ()
        return tuple(self._budget(pattern, entry) for pattern, entry in value.items())

    def _budget(self, pattern: str, entry: object) -> Budget:
        path: KeyPath = (KEY, pattern)
        rules: list[Rule] = []
        if not pattern.strip():
            self._refuse(path, "the pattern of a budget is empty", _EXAMPLE)
        if not isinstance(entry, dict) or not entry:
            self._refuse(path, f"the budget of {pattern!r} is {_described(entry)}", _EXAMPLE)
            return Budget(pattern, ())
        for key, limit in entry.items():
            if key not in tuple(Figure):
                known = did_you_mean(key, map(str, Figure))
                self._refuse((*path, key), f"unknown figure {key!r} in a budget", known)
                continue
            rule = self.mistakes.attempt(_rule, Figure(key), limit, self._document.at((*path, key)))
            rules += [] if rule is None else [rule]
        return Budget(pattern, tuple(rules), self._document.at(path))

    def _refuse(self, path: KeyPath, message: str, advice: str | None) -> None:
        _add(self.mistakes, self._document, path, message, advice)


def _rule(figure: Figure, limit: object, at: Location) -> Rule:
    if isinstance(limit, dict):
        return _sides(figure, limit, at)
    text = _text(figure, limit, at)
    for sign in _BOTH_SIDES:
        if text.startswith(sign):
            rest = text.removeprefix(sign).strip()
            high, low = (_bound(figure, f"{side}{rest}", at) for side in "+-")
            return Rule(figure, high, low, at=at)
    bound = _bound(figure, text, at)
    if figure in _LEAST:
        return Rule(figure, low=bound, at=at)
    return Rule(figure, high=bound, at=at)


def _sides(figure: Figure, limit: Mapping[str, object], at: Location) -> Rule:
    if unknown := [key for key in limit if key not in _PARTS]:
        raise SuiteError(
            f"unknown key {unknown[0]!r} in the limit of {figure}",
            where=at,
            advice=did_you_mean(unknown[0], _PARTS),
        )
    bounds = {key: _bound(figure, _text(figure, value, at), at) for key, value in limit.items()}
    set_on = _set_on(figure, bounds.pop("set", None), at)
    rule = Rule(figure, bounds.get("max"), bounds.get("min"), set_on, at)
    if not rule.bounds:
        raise SuiteError(
            f"the limit of {figure} has neither max nor min", where=at, advice="write {max: ...}"
        )
    if set_on is not None and all(bound.against is Against.NOTHING for bound in rule.bounds):
        raise SuiteError(
            f"{figure} is set on {limit['set']}, and its limits do not count from it",
            where=at,
            advice="write max or min with a sign, such as +5 %, or leave set out",
        )
    if {Against.BASE, Against.FLOAT32} <= {bound.against for bound in rule.bounds}:
        raise SuiteError(
            f"max and min of {figure} count from different things", where=at, advice=_ONE_THING
        )
    _refuse_crossed(rule, at)
    return rule


def _set_on(figure: Figure, bound: Bound | None, at: Location) -> Decimal | None:
    if bound is None:
        return None
    if figure in _TIMES:
        raise SuiteError(
            f"{figure} cannot be set: times of other machines and days are not comparable",
            where=at,
            advice=f"write {DESCRIPTIONS[figure]}",
        )
    if bound.against is not Against.NOTHING or bound.measure is Measure.OF_REFERENCE:
        raise SuiteError(
            f"{figure} is set on {bound.text!r}, which is no figure",
            where=at,
            advice="write what the figure was, such as 41210 B",
        )
    return bound.amount


def _refuse_crossed(rule: Rule, at: Location) -> None:
    high, low = rule.high, rule.low
    if high is None or low is None:
        return
    same_kind = (high.measure, high.against) == (low.measure, low.against)
    if same_kind and low.amount > high.amount:
        raise SuiteError(
            f"min is above max in the limit of {rule.figure}: {low.text} and {high.text}", where=at
        )


def _bound(figure: Figure, text: str, at: Location) -> Bound:
    try:
        return parse_bound(figure, text)
    except ValueError as error:
        message, _, advice = str(error).partition(": ")
        raise SuiteError(message, where=at, advice=advice) from error


def _text(figure: Figure, value: object, at: Location) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return format(Decimal(str(value)), "f")
    raise SuiteError(
        f"the limit of {figure} is {_described(value)}",
        where=at,
        advice=f"write {DESCRIPTIONS[figure]}",
    )


def _described(value: object) -> str:
    match value:
        case None:
            return "missing"
        case bool():
            return str(value).lower()
        case dict() | list():
            return "a list" if isinstance(value, list) else "empty" if not value else "a mapping"
        case _:
            return f"{value!r}, no mapping"
