import json
import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sizewise import cli
from sizewise.records import load_run
from support import crew
from support.rows import make_failure, make_record, write_run


@pytest.fixture
def sizewise(monkeypatch, capsys, tmp_path):
    """Run a command line in this process: its exit code, stdout and stderr."""
    monkeypatch.setenv(cli.DEBUG, "")
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["sizewise", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        return (end.value.code, *capsys.readouterr())

    return run


@pytest.fixture
def suite(tmp_path):
    path = tmp_path / "suite.yaml"
    path.write_text(crew.SUITE)
    return path


@pytest.fixture
def run_folder(tmp_path):
    return write_run(
        tmp_path / "kept", make_record(), make_failure("net/uint8@tfjs", reason="no [bold] luck")
    )


def in_process(*arguments, **options):
    """Start the command line with fake workers in a process of its own."""
    return subprocess.Popen(
        [sys.executable, crew.__file__, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(crew.TESTS), "PYTHONUNBUFFERED": "1"},
        text=True,
        **options,
    )


class TestStart:
    @pytest.mark.parametrize(
        "arguments", [["--help"], ["plan", "{suite}"], ["report", "{run}"]], ids=lambda a: a[0]
    )
    def test_a_verb_loads_nothing_that_it_does_not_need(self, suite, run_folder, arguments):
        words = [word.format(suite=suite, run=run_folder) for word in arguments]
        script = f"""
import sys
sys.argv[1:] = {words!r}
import sizewise.cli
before = set(sys.modules)
try:
    sizewise.cli.main()
except SystemExit:
    pass
heavy = {{"tensorflow", "tensorflowjs", "keras", "numpy", "pandas", "pyarrow", "scipy"}}
print("loaded:", sorted(heavy & set(sys.modules)), "rich" in before)
"""
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True
        )
        assert done.stdout.splitlines()[-1] == "loaded: [] False"

    def test_the_version_is_told(self, sizewise):
        assert sizewise("--version") == (0, "sizewise 0.1.0\n", "")

    def test_help_names_the_verbs(self, sizewise):
        code, out, _ = sizewise("--help")
        assert code == 0
        assert re.findall(r"^│ (run|plan|report) ", out, re.MULTILINE) == ["run", "plan", "report"]

    def test_python_m_is_the_same(self):
        done = subprocess.run(
            [sys.executable, "-m", "sizewise", "--version"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.startswith("sizewise ")

    @pytest.mark.parametrize(
        ("arguments", "word"),
        [
            (["repot", "x"], "Did you mean 'report'"),
            (["report"], "Missing argument"),
            (["report", "x", "--form", "csv"], "No such option"),
            (["report", "x", "--format", "pdf"], "'pdf' is not one of"),
            (["run", "x.yaml", "--brotli", "7"], "'7' is not one of"),
            (["plan", "{suite}", "-D", "NAME"], "'NAME' is no NAME=VALUE"),
        ],
    )
    def test_a_wrong_command_line_ends_with_2(self, sizewise, suite, arguments, word):
        code, out, err = sizewise(*(argument.format(suite=suite) for argument in arguments))
        assert (code, out) == (2, "")
        assert word in err


class TestPlan:
    def test_every_job_is_listed(self, sizewise, suite):
        code, out, err = sizewise("plan", suite)
        assert (code, err) == (0, "4 jobs, 0 illegal\n")
        assert [line.split() for line in out.splitlines()] == [
            ["net/float32@tfjs", "legal"],
            ["net/uint8@tfjs", "legal"],
            ["net/prune50/float32@tfjs", "legal"],
            ["net/prune50/uint8@tfjs", "legal"],
        ]

    def test_a_selection_is_listed(self, sizewise, suite):
        _, out, _ = sizewise("plan", suite, "--select", "*/prune50/uint8@*")
        assert out.split() == ["net/prune50/uint8@tfjs", "legal"]

    def test_a_variable_is_defined(self, sizewise, suite):
        suite.write_text(crew.SUITE.replace("zoo:digits-cnn", "${MODEL}"))
        assert sizewise("plan", suite, "-D", "MODEL=zoo:digits-cnn")[0] == 0
        code, _, err = sizewise("plan", suite)
        assert code == 2
        assert "MODEL" in err

    def test_a_mistake_is_told_with_its_line(self, sizewise, suite):
        suite.write_text(crew.SUITE.replace("float32, uint8", "float32, uint9"))
        code, out, err = sizewise("plan", suite)
        assert (code, out) == (2, "")
        assert err.startswith(f"error: {suite}:6: ")
        assert "did you mean 'uint8'?" in err
        assert err.count("\n") == 1


class TestReport:
    def test_the_table_shows_rows_and_reasons(self, sizewise, run_folder):
        code, out, err = sizewise("report", run_folder)
        assert (code, err) == (0, "")
        assert "★" in out
        assert "! net/uint8@tfjs: unsupported: no [bold] luck" in out

    def test_each_format(self, sizewise, run_folder):
        assert sizewise("report", run_folder, "--format", "markdown")[1].startswith("# made-up\n")
        assert sizewise("report", run_folder, "--format", "csv")[1].startswith("job_id,model,")
        written = json.loads(sizewise("report", run_folder, "--format", "json")[1])
        assert written["run"]["run_id"] == run_folder.name

    def test_a_suites_folder_means_the_newest_run(self, sizewise, run_folder):
        assert sizewise("report", run_folder.parent)[0] == 0

    def test_where_there_is_no_run(self, sizewise, tmp_path):
        code, out, err = sizewise("report", tmp_path / "nowhere")
        assert (code, out) == (2, "")
        assert err.startswith(f"error: {tmp_path / 'nowhere'}: no such folder; ")

    def test_a_reader_that_leaves_early_is_no_error(self, tmp_path):
        rows = [make_record(f"net{n}/uint8@tfjs") for n in range(300)]
        folder = write_run(tmp_path, *rows)
        command = [sys.executable, "-m", "sizewise", "report", folder, "--format", "json"]
        # Without a buffer, Python takes a write that was cut short for a complete one.
        environment = {**os.environ, "PYTHONUNBUFFERED": ""}
        with subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as child:
            assert child.stdout.readline() == "{\n"
            child.stdout.close()
            assert child.stderr.read() == ""
        assert child.returncode == 1

    def test_a_terminal_without_the_signs_gets_question_marks(self, run_folder):
        done = subprocess.run(
            [sys.executable, "-m", "sizewise", "report", run_folder],
            env={**os.environ, "PYTHONIOENCODING": "ascii"},
            capture_output=True,
            text=True,
            check=True,
        )
        assert "float32" in done.stdout
        assert done.stderr == ""


class TestRun:
    def test_a_run_ends_with_the_table_and_the_folder(self, sizewise, suite, monkeypatch):
        crew.fake_workers(monkeypatch)
        code, out, err = sizewise("run", suite)
        (folder,) = Path("results/runs/made-up").iterdir()
        assert code == 0
        assert out.splitlines()[-1] == f"Report and records: {folder}"
        shipped = re.search(r"To ship:\n  net/(?:prune50/)?uint8@tfjs: .* brotli, in (.*)\n", out)
        assert Path(shipped[1]).is_dir()
        assert (folder / "report.md").read_text().startswith("# made-up\n")
        lines = err.splitlines()
        assert f"4 jobs, into {folder}" in lines
        assert re.match(
            r"\[4/4\] net/prune50/uint8@tfjs: ok, .* brotli, drop 0\.0 pp \[", lines[-1]
        )

    def test_failed_jobs_end_with_3(self, sizewise, suite, monkeypatch):
        crew.fake_workers(monkeypatch, "encode/uint8@tfjs=unsupported")
        code, out, err = sizewise("run", suite, "--output", "elsewhere")
        assert code == 3
        assert "! net/uint8@tfjs and 1 more: unsupported: " in out
        assert "net/uint8@tfjs: unsupported: " in err
        assert load_run(Path("elsewhere/made-up")).state == "complete"

    def test_options_reach_the_run(self, sizewise, suite, monkeypatch):
        crew.fake_workers(monkeypatch)
        suite.write_text(crew.SUITE.replace("made-up", "${NAME}"))
        options = ["--select", "net/uint8@tfjs", "-D", "NAME=named", "--brotli", "11"]
        assert sizewise("run", suite, *options)[0] == 0
        (row,) = load_run("results/runs/named").records
        assert row.job_id == "net/uint8@tfjs"
        assert "11" in row.compression

    @pytest.mark.parametrize(
        "change", [("zoo:digits-cnn", "zoo:digits"), ("accuracy", "acuracy"), ("net:", "net")]
    )
    def test_a_mistake_writes_nothing(self, sizewise, suite, tmp_path, change):
        suite.write_text(crew.SUITE.replace(*change))
        code, out, err = sizewise("run", suite)
        assert (code, out) == (2, "")
        assert err.startswith("error: ")
        assert "Traceback" not in err
        assert list(tmp_path.iterdir()) == [suite]

    def test_a_mistake_that_a_worker_finds_writes_nothing(
        self, sizewise, suite, monkeypatch, tmp_path
    ):
        crew.fake_workers(monkeypatch, "check/net=source")
        code, _, err = sizewise("run", suite)
        assert code == 2
        assert err.splitlines()[-1].startswith("error: ")
        assert list(tmp_path.iterdir()) == [suite]

    def test_ctrl_c_keeps_what_is_finished(self, suite, tmp_path):
        child = in_process(
            "encode/uint8@tfjs=hang",
            "--",
            "run",
            suite,
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        with child:
            for line in child.stderr:
                if line.startswith("[1/4]"):
                    break
            # As a terminal does: every process of the command gets it.
            os.killpg(child.pid, signal.SIGINT)
            out, err = child.communicate(timeout=30)
        assert child.returncode == 130
        assert "Traceback" not in err
        assert "The run was interrupted." in out
        run = load_run(tmp_path / "results" / "runs" / "made-up")
        assert run.state == "interrupted"
        assert len(run.records) == 1
        assert (run.path / "report.md").is_file()

    def test_a_terminal_gets_a_bar(self, suite, tmp_path):
        ours, theirs = pty.openpty()
        with in_process(
            "--", "run", suite, cwd=tmp_path, stdout=subprocess.PIPE, stderr=theirs
        ) as child:
            os.close(theirs)
            out = child.stdout.read()
            shown = read_all(ours)
        assert child.returncode == 0
        assert "━" in shown
        assert "4/4" in shown
        assert "[4/4]" not in shown
        assert "\x1b" not in out


def read_all(descriptor):
    parts = []
    while True:
        try:
            part = os.read(descriptor, 65536)
        except OSError:  # the other side is closed
            part = b""
        if not part:
            os.close(descriptor)
            return b"".join(parts).decode()
        parts.append(part)


_PLEASE = (
    "This is a defect of sizewise: please report it, with what SIZEWISE_DEBUG=1 shows in addition."
)


class TestDefects:
    @pytest.fixture
    def defect(self, monkeypatch):
        def fail(_):
            raise RuntimeError("something is odd")

        monkeypatch.setattr("sizewise.records.load_run", fail)

    def test_a_defect_is_a_line_that_asks_for_a_report(self, sizewise, defect):
        code, out, err = sizewise("report", "x")
        assert (code, out) == (1, "")
        assert err.splitlines() == [
            "error: RuntimeError: something is odd",
            _PLEASE,
        ]

    def test_debugging_shows_where_it_happened(self, sizewise, defect):
        code, _, err = sizewise("--debug", "report", "x")
        assert code == 1
        assert err.startswith("Traceback")

    def test_debugging_shows_where_a_mistake_was_found(self, sizewise, monkeypatch):
        monkeypatch.setenv(cli.DEBUG, "1")
        code, _, err = sizewise("report", "nowhere")
        assert code == 2
        assert err.startswith("Traceback")
        assert err.splitlines()[-1].startswith("error: nowhere: ")
