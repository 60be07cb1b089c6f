"""The verbs that answer from records, as a command line of their own."""

from __future__ import annotations

import pytest
import typer
from typer.testing import CliRunner

from sizewise.verbs import choose, guard


@pytest.fixture
def verb(monkeypatch):
    """Run a command line: exit code, stdout, stderr and the exception that ended it, if any."""
    monkeypatch.setenv("COLUMNS", "120")
    for name in ("GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command("recommend")(choose.recommend)
    app.command("check")(guard.check)
    app.command("budgets")(guard.budgets)
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])
