"""Budgets written as in a file, for tests that judge by them."""

from __future__ import annotations

from pathlib import Path

from sizewise.config.budgets import read_budgets
from sizewise.config.document import parse

FILE = Path("budgets.yml")


def written(text):
    """The budgets in ``text``, which are the lines below ``budgets:``."""
    document, mistakes = parse("budgets:\n" + text, FILE, {})
    assert not mistakes
    return read_budgets(document)


def rule(figure, limit):
    """The one rule of a budget that says this."""
    ((only,),) = (budget.rules for budget in written(f'  "*": {{{figure}: {limit}}}\n'))
    return only
