import sys

import pytest

from sizewise import cli
from sizewise.domain import Status
from sizewise.records import save_tensors
from sizewise.reports.html import page
from support.layers import make_tensor
from support.rows import make_failure, make_record, write_run
from support.tuned import write_tuning


@pytest.fixture
def sizewise(monkeypatch, capsys):
    """Run a command line in this process: its exit code, stdout and stderr."""
    monkeypatch.setattr(page, "vega_bundle", lambda: "window.vegaEmbed = null;")

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["sizewise", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        return (end.value.code, *capsys.readouterr())

    return run


@pytest.fixture
def folder(tmp_path):
    rows = [make_record(), make_record("other/uint8@tfjs"), make_failure("net/uint8@tfjs")]
    return write_run(tmp_path / "kept", *rows)


def test_a_page_goes_into_the_runs_folder(sizewise, folder):
    code, out, err = sizewise("report", folder, "--format", "html")
    assert (code, out) == (0, "")
    assert err == f"Written: {folder / 'report.html'}\n"
    assert (folder / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_page_goes_where_one_wants_it(sizewise, folder, tmp_path):
    assert (
        sizewise("report", folder, "--format", "html", "--output", tmp_path / "a" / "b.html")[0]
        == 0
    )
    assert (tmp_path / "a" / "b.html").is_file()
    assert not (folder / "report.html").exists()


@pytest.mark.parametrize("form", ["png", "svg"])
def test_a_picture_a_model(sizewise, folder, form):
    code, _, err = sizewise("report", folder, "--format", form)
    assert code == 0
    assert err.count("Written: ") == 2
    assert sorted(path.name for path in folder.glob(f"*.{form}")) == [
        f"pareto-net.{form}",
        f"pareto-other.{form}",
    ]


def test_one_model_has_the_name_that_one_wants(sizewise, tmp_path):
    folder = write_run(tmp_path / "kept", make_record())
    sizewise("report", folder, "--format", "svg", "--output", tmp_path / "x.svg")
    assert (tmp_path / "x.svg").read_text(encoding="utf-8").startswith("<svg")


def test_nothing_to_draw_is_told(sizewise, tmp_path):
    folder = write_run(tmp_path / "kept", make_failure("net/uint8@tfjs", Status.CRASHED))
    code, out, err = sizewise("report", folder, "--format", "svg")
    assert (code, out) == (2, "")
    assert err.endswith("nothing was measured that could be drawn\n")


def test_a_place_that_cannot_be_written_is_told(sizewise, folder, tmp_path):
    (tmp_path / "file").write_text("")
    code, _, err = sizewise(
        "report", folder, "--format", "html", "--output", tmp_path / "file" / "x"
    )
    assert code == 2
    assert err.endswith("; name another file with --output\n")


def test_budgets_of_the_suite_are_drawn(sizewise, folder):
    (folder / "suite.yaml").write_text('suite: made-up\nbudgets:\n  "net/*": {brotli: 98 kB}\n')
    assert sizewise("report", folder, "--format", "svg")[0] == 0
    assert "≤ 98 kB" in (folder / "pareto-net.svg").read_text(encoding="utf-8")


def test_budgets_that_cannot_be_read_are_told(sizewise, folder):
    (folder / "suite.yaml").write_text('suite: made-up\nbudgets:\n  "net/*": {brotly: 98 kB}\n')
    code, _, err = sizewise("report", folder, "--format", "html")
    assert code == 0
    assert err.startswith("budgets are not drawn: ")


def test_text_goes_to_a_file_as_well(sizewise, folder, tmp_path):
    for form in ("markdown", "csv", "json"):
        shown = sizewise("report", folder, "--format", form)[1]
        file = tmp_path / f"report.{form}"
        assert sizewise("report", folder, "--format", form, "--output", file)[1] == ""
        assert file.read_text(encoding="utf-8") == shown


def test_a_table_goes_to_the_terminal_only(sizewise, folder, tmp_path):
    assert sizewise("report", folder, "--output", tmp_path / "x")[0] == 2


def test_layers_that_were_kept_are_drawn(sizewise, folder):
    save_tensors(folder, "0" * 64, [make_tensor("net/stem/kernel", 9)])
    assert sizewise("report", folder, "--format", "html")[0] == 0
    assert "by layer: float32@tfjs" in (folder / "report.html").read_text(encoding="utf-8")


def test_layers_that_cannot_be_read_are_told(sizewise, folder):
    (folder / "tensors").mkdir()
    (folder / "tensors" / f"{'0' * 16}.json").write_text("{")
    code, _, err = sizewise("report", folder, "--format", "html")
    assert code == 0
    assert err.startswith("layers are not drawn: ")
    assert (folder / "report.html").is_file()


class TestTunings:
    @pytest.fixture
    def tuned(self, tmp_path):
        """A run with a job that was left to the tuner, and the folder of its trials."""
        row = make_record("net/auto@tfjs", artifact_path="artifacts/net/none/auto@tfjs")
        folder = write_run(tmp_path / "kept", row, make_record())
        return folder, write_tuning(folder / "artifacts" / "net" / "none" / "auto@tfjs.tuning")

    def test_they_are_in_the_page(self, sizewise, tuned):
        folder, _ = tuned
        code, _, err = sizewise("report", folder, "--format", "html")

        html = (folder / "report.html").read_text(encoding="utf-8")
        assert (code, err) == (0, f"Written: {folder / 'report.html'}\n")
        assert html.count("<h2>Tuning of net/auto@tfjs</h2>") == 1
        assert "- name: tuned\n  uint8:\n  - net/conv/kernel/ReadVariableOp" in html

    def test_one_that_cannot_be_read_is_left_out_with_a_word(self, sizewise, tuned):
        folder, tuning = tuned
        (tuning / "tuned.json").write_text("{}")
        code, _, err = sizewise("report", folder, "--format", "html")

        assert code == 0
        assert "a tuning is not shown: " in err
        assert "Tuning of" not in (folder / "report.html").read_text(encoding="utf-8")
