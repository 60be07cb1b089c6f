import json
import os
import subprocess
import sys
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from sizewise.errors import RecordsError, SuiteError
from sizewise.records import layout, load_run
from sizewise.verbs.baselines import load_baselines
from support.rows import make_failure, make_record, write_run

KEPT = 'budgets:\n  "net/*": {brotli: 98 kB}\n'
BROKEN = 'budgets:\n  "net/*": {brotli: 97999 B}\n'


@pytest.fixture
def folder(tmp_path):
    return write_run(tmp_path / "head", make_record(), make_record("net/uint8@tfjs"))


@pytest.fixture
def budgets(tmp_path):
    def write(text):
        file = tmp_path / "budgets.yml"
        file.write_text(text)
        return file

    return write


@pytest.mark.parametrize(
    ("text", "verdict"),
    [(KEPT, (0, "Budgets kept: 2 kept.")), (BROKEN, (1, "Budgets broken: 2 broken."))],
)
def test_the_exit_code_is_the_verdict(verb, folder, budgets, text, verdict):
    result = verb("check", folder, "--budgets", budgets(text))
    assert (result.exit_code, result.stdout.splitlines()[-1]) == verdict


def test_a_failed_job_is_neither_kept_nor_broken(verb, tmp_path, budgets):
    folder = write_run(tmp_path / "head", make_record(), make_failure("net/uint8@tfjs"))
    result = verb("check", folder, "--budgets", budgets(KEPT))
    assert result.exit_code == 3
    assert "Budgets not judged: 1 not measured, 1 kept." in result.stdout


@pytest.mark.parametrize(
    "text", ['budgets:\n  "gone/*": {raw: 1 B}\n', 'budgets:\n  "*": {rww: 1 B}\n', ""]
)
def test_wrong_budgets_name_their_file(verb, folder, budgets, text):
    file = budgets(text)
    result = verb("check", folder, "--budgets", file)
    assert isinstance(result.exception, SuiteError)
    assert str(result.exception).startswith(str(file))


def test_the_suites_own_budgets_are_taken(verb, folder):
    (folder / layout.SUITE).write_text(f"suite: made-up\n{BROKEN}")
    assert verb("check", folder).exit_code == 1


def test_a_suite_without_budgets_says_how_to_name_some(verb, folder):
    result = verb("check", folder)
    assert isinstance(result.exception, SuiteError)
    assert "--budgets" in str(result.exception)


def test_all_outputs_at_once(verb, folder, budgets, tmp_path, monkeypatch):
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    files = [tmp_path / "out" / name for name in ("check.md", "check.xml", "check.json")]
    reports = [f"--markdown={files[0]}", f"--junit={files[1]}", f"--json={files[2]}"]
    result = verb("check", folder, "--budgets", budgets(BROKEN), "--github", *reports)
    assert result.exit_code == 1
    markdown, junit, plain = (file.read_text() for file in files)
    assert markdown.startswith("<!-- sizewise check -->")
    assert ET.fromstring(junit).get("failures") == "2"
    assert json.loads(plain)["exit_code"] == 1
    assert summary.read_text() == f"before\n{markdown}\n"
    assert result.stdout.count("::error file=budgets.yml,line=2,") == 2


def test_without_a_summary_github_gets_annotations_alone(verb, folder, budgets):
    result = verb("check", folder, "--budgets", budgets(BROKEN), "--github")
    assert "::error " in result.stdout


def test_a_mistake_is_annotated_too(verb, folder, budgets):
    result = verb("check", folder, "--budgets", budgets("budgets: 3\n"), "--github")
    assert result.stdout.startswith("::error title=sizewise::")
    assert isinstance(result.exception, SuiteError)


def test_a_report_that_cannot_be_written_is_the_users_mistake(verb, folder, budgets, tmp_path):
    blocked = tmp_path / "budgets.yml" / "check.md"
    result = verb("check", folder, "--budgets", budgets(KEPT), "--markdown", blocked)
    assert result.exit_code == 2
    assert "cannot write" in result.output


class TestBaselines:
    def test_a_run_by_its_folder(self, verb, folder, budgets, tmp_path):
        base = write_run(tmp_path / "base", make_record(size_brotli_bytes=97_000))
        file = budgets('budgets:\n  "net/float32@tfjs": {brotli: +1 %}\n')
        result = verb("check", folder, "--budgets", file, "--baseline", base)
        assert result.exit_code == 1
        assert "baseline 97.0 kB (97,000 B), change +1.03 % (+1,000 B)" in " ".join(
            result.stdout.split()
        )

    def test_the_newest_complete_run_but_itself(self, tmp_path):
        write_run(tmp_path, make_record())
        newest = write_run(tmp_path, make_record())
        write_run(tmp_path, make_record(), state="interrupted")
        head = load_run(write_run(tmp_path, make_record()))
        (found,) = load_baselines([f"latest:{tmp_path}"], head)
        assert found.path == newest
        (found,) = load_baselines([f"latest:{tmp_path / 'made-up'}"], head)
        assert found.path == newest

    def test_another_suites_run_is_no_baseline(self, tmp_path):
        write_run(tmp_path, make_record())
        head = replace(load_run(write_run(tmp_path, make_record())), suite="another")
        with pytest.raises(RecordsError, match="no other complete run of 'another'"):
            load_baselines([f"latest:{tmp_path}"], head)

    def test_a_run_is_counted_once(self, tmp_path):
        base = write_run(tmp_path, make_record())
        head = load_run(write_run(tmp_path, make_record()))
        assert len(load_baselines([str(base), f"latest:{tmp_path}", str(base)], head)) == 1

    @pytest.mark.parametrize("text", ["latest:gone", "gone"])
    def test_no_run_is_the_users_mistake(self, tmp_path, monkeypatch, text):
        head = load_run(write_run(tmp_path, make_record()))
        monkeypatch.chdir(tmp_path)
        with pytest.raises(RecordsError):
            load_baselines([text], head)

    def test_a_corrupt_header_is_named(self, tmp_path):
        head = load_run(write_run(tmp_path / "head", make_record()))
        base = write_run(tmp_path / "base", make_record())
        (base / layout.HEADER).write_text("{")
        with pytest.raises(RecordsError, match=r"run\.json: is corrupt"):
            load_baselines([f"latest:{tmp_path / 'base'}"], head)


class TestFirstBudgets:
    def test_a_run_keeps_what_was_written_from_it(self, verb, folder, tmp_path):
        file = tmp_path / "first.yml"
        result = verb(
            "budgets", folder, "--slack", "2%", "--figure", "raw", "--figure", "gzip",
            "--output", file,
        )  # fmt: skip
        assert (result.exit_code, result.stdout) == (0, "")
        assert "raw: {set: 120000 B, max: +2 %}" in file.read_text()
        assert verb("check", folder, "--budgets", file).exit_code == 0

    def test_without_a_file_it_goes_to_stdout(self, verb, folder):
        text = verb("budgets", folder).stdout
        assert f"# Budgets set on run {folder.name} of made-up.\n" in text
        assert '"net/uint8@tfjs": {brotli: {set: 98000 B, max: +5 %}, drop: 1 pp}' in text

    def test_a_file_that_is_there_stays_as_it_is(self, verb, folder, budgets):
        file = budgets(KEPT)
        result = verb("budgets", folder, "--output", file)
        assert (result.exit_code, file.read_text()) == (2, KEPT)

    @pytest.mark.parametrize("slack", ["five", "0.05", "-1%", "1 kB"])
    def test_what_is_no_slack(self, verb, folder, slack):
        assert verb("budgets", folder, "--slack", slack).exit_code == 2


def test_the_verbs_load_nothing_heavy(folder, budgets):
    """In a process of its own: what one verb imports, another test may have imported before."""
    program = (
        "import sys, typer\n"
        "from sizewise.verbs import choose, guard\n"
        "heavy = {'numpy', 'pandas', 'pyarrow', 'scipy', 'tensorflow', 'pydantic', 'rich'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "try: guard.check(sys.argv[1], budgets=guard.Path(sys.argv[2]))\n"
        "except typer.Exit as end: assert end.exit_code == 0\n"
        "heavy = {'numpy', 'pandas', 'pyarrow', 'scipy', 'tensorflow'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    command = [sys.executable, "-c", program, str(folder), str(budgets(KEPT))]
    subprocess.run(command, check=True, env={**os.environ, "COLUMNS": "120"}, timeout=60)
