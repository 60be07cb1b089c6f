import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from sizewise.analysis import summarise
from sizewise.domain import Status
from sizewise.records import RunState
from sizewise.reports.table import tables
from support.rows import make_compressed, make_failure, make_record, make_run, make_showcase


def shown(run, width=100, **options):
    console = Console(file=io.StringIO(), width=width, highlight=False, **options)
    console.print(tables(summarise(run)))
    return console.file.getvalue()


@pytest.mark.parametrize("width", [80, 100, 120])
def test_the_whole_table(snapshot, width):
    assert shown(make_showcase(), width) == snapshot


@pytest.mark.parametrize("width", [80, 120])
def test_transforms_flags_training_and_a_model_without_labels(snapshot, width):
    assert shown(make_compressed(), width) == snapshot


@pytest.mark.parametrize("make", [make_showcase, make_compressed])
@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
def test_no_line_is_wider_than_the_terminal(width, make):
    assert all(cell_len(line) <= width for line in shown(make(), width).splitlines())


def test_flags_and_advice_stand_only_where_they_are_needed():
    plain = shown(make_run(make_record()))
    assert "⚑" not in plain
    assert "Pruning alone" not in plain
    text = shown(make_compressed(), 200)
    assert text.count("⚑ prune80ft3: 1 of 5 kernels") == 1
    assert "(digits/prune80ft3/uint8@tfjs and 1 more)" in text
    assert "Pruning alone shrinks only the compressed size" in text


@pytest.mark.parametrize("width", [60, 80, 100])
def test_figures_are_never_cut(width):
    text = shown(make_showcase(), width)
    for figure in ("22.6 kB", "−0.2 [−0.7, +0.3]", "+50.0 [+46.0, +54.0]", "+2.18 [+1.30, +2.71]"):
        assert figure in text


def test_the_row_to_ship_stands_out_by_more_than_colour():
    text = shown(make_showcase(), color_system="standard", force_terminal=True)
    (line,) = (line for line in text.splitlines() if "★" in line and "22.6 kB" in line)
    assert line.startswith("\x1b[1;32m★")
    assert "\x1b" not in shown(make_showcase())


def test_markup_and_escape_sequences_are_text():
    text = shown(make_run(make_failure("net/uint8@tfjs", reason="[red]oh\x1b[2J\nno[/red]")))
    assert "! net/uint8@tfjs: unsupported: [red]oh [2J no[/red]" in text
    assert "\x1b" not in text


def test_other_runtimes_are_told():
    run = make_run(make_record(), make_record("net/uint8@tfjs", runtime="node-cpu"))
    assert "node-wasm, node-cpu" in shown(run)


def test_a_reason_that_several_share_stands_once():
    rows = [make_failure(f"net/e{n}@tfjs", reason="no luck") for n in range(3)]
    text = shown(make_run(*rows, make_failure("net/e4@tfjs", Status.CRASHED, "no luck")))
    assert text.count("! net/e0@tfjs and 2 more: unsupported: no luck") == 1
    assert "! net/e4@tfjs: crashed: no luck" in text
    assert "e1@tfjs:" not in text


def test_notes_stand_once():
    run = make_run(*(make_record(f"net/e{n}@tfjs", notes=("shared samples",)) for n in range(3)))
    assert shown(run).count("note: shared samples (net/e0@tfjs and 2 more)") == 1


@pytest.mark.parametrize(
    ("state", "jobs", "line"),
    [
        (RunState.RUNNING, None, "The run is still under way, or was killed."),
        (RunState.INTERRUPTED, ["net/float32@tfjs", "a/b@tfjs"], "Jobs without a row: 1 of 2."),
    ],
)
def test_what_is_lacking_is_told(state, jobs, line):
    assert line in shown(make_run(make_record(), state=state, job_ids=jobs)).splitlines()


def test_a_run_without_rows_has_no_table():
    assert shown(make_run(job_ids=["a/b@tfjs"])) == "Jobs without a row: 1 of 1.\n"


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.OK])
def test_every_status_is_shown(status):
    assert f"{status}: why" in shown(make_run(make_failure("a/b@tfjs", status, "why")))
