"""What the tuner's verbs refuse before anything is opened."""

import pytest
import typer
from typer.testing import CliRunner

from sizewise.errors import RequestError
from sizewise.verbs import tune

ZOO = ("zoo:digits-cnn", "--data", "zoo:digits-cnn")


@pytest.fixture
def verb(monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command("tune")(tune.tune)
    app.command("sensitivity")(tune.sensitivity)
    return lambda *arguments: CliRunner().invoke(app, list(arguments))


@pytest.mark.parametrize("name", ["tune", "sensitivity"])
def test_a_target_without_a_choice_is_refused(verb, name):
    done = verb(name, *ZOO, "--target", "tflite")

    assert isinstance(done.exception, RequestError)
    assert str(done.exception).startswith("tflite stores all weights of a model in one way")


def test_an_unknown_target_is_refused(verb):
    done = verb("tune", *ZOO, "--target", "tfj")

    assert "'tfj' is no target; did you mean 'tfjs'?" in str(done.exception)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("zoo:digits-cnn",), "needs samples to be judged on"),
        ((*ZOO, "--agreement", "98%", "--time-limit", "soon"), "'soon' is no time"),
        ((*ZOO, "--sqnr", "20", "--time-limit", "-5m"), "'-5m' is no time"),
        ((*ZOO, "--agreement", "two"), "'two' is no share"),
        ((*ZOO, "--max-drop", "much"), "'much' is no limit"),
        ((*ZOO, "--max-drop", "1 pp"), "has no percentage points"),
        (ZOO, "say what may be lost"),
    ],
)
def test_what_cannot_be_meant_is_told(verb, arguments, said):
    done = verb("tune", *arguments)

    assert done.exit_code == 2
    assert said in " ".join(done.output.replace("│", " ").split())
