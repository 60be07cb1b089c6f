"""What the tuner's verbs refuse before anything is opened."""

from contextlib import nullcontext

import pytest
import typer
from typer.testing import CliRunner

from sizewise import tuning
from sizewise.analysis.tuning import weights_of
from sizewise.domain.tuning import Goal
from sizewise.errors import RequestError
from sizewise.reports.html import page
from sizewise.tuning import Sensitivities
from sizewise.verbs import tune
from support.tuned import make_sensitivity

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


class TestForms:
    """What is written of sensitivities that were measured."""

    @pytest.fixture
    def sensitivity(self, verb, monkeypatch, tmp_path):
        found = make_sensitivity()
        weights = weights_of(found, Goal.BROTLI)
        measured = Sensitivities("digits", "accuracy", found, weights, {"For a suite": "- uint8\n"})
        monkeypatch.setattr(tuning, "sensitivities_of", lambda *_: measured)
        monkeypatch.setattr(page, "vega_bundle", lambda: "window.vegaEmbed = null;")
        monkeypatch.setattr(tune, "telling", lambda: nullcontext(print))
        monkeypatch.chdir(tmp_path)
        return lambda *arguments: verb("sensitivity", *ZOO, *arguments)

    @pytest.mark.parametrize(
        ("form", "start"), [("html", b"<!doctype html>"), ("svg", b"<svg"), ("png", b"\x89PNG")]
    )
    def test_pages_and_pictures_go_into_files(self, sensitivity, tmp_path, form, start):
        done = sensitivity("--format", form)

        file = tmp_path / "results" / "sensitivity" / f"digits.{form}"
        assert done.exit_code == 0, done.output
        assert file.read_bytes().startswith(start)

    def test_a_file_is_where_one_wants_it(self, sensitivity, tmp_path):
        sensitivity("--format", "html", "--output", "a/b.html")

        assert "weight by weight" in (tmp_path / "a" / "b.html").read_text(encoding="utf-8")

    @pytest.mark.parametrize(("form", "start"), [("markdown", "| weights |"), ("json", "{")])
    def test_texts_go_to_stdout(self, sensitivity, form, start):
        assert sensitivity("--format", form).stdout.startswith(start)

    def test_a_table_is_for_the_terminal(self, sensitivity):
        done = sensitivity("--output", "a.txt")

        assert done.exit_code == 2
        assert "a table is for the terminal" in done.output
