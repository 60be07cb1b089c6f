"""A native part that dies in the middle of a real run: its job's row says so, others finish."""

from __future__ import annotations

from contextlib import suppress

import psutil

from sizewise.config import load_suite
from sizewise.domain import Status
from sizewise.records import load_run
from sizewise.run import RunOptions, run_suite
from sizewise.run.listener import Silent

SUITE = """\
suite: fault
models:
  net: {source: "zoo:digits-cnn", data: "zoo:digits-cnn", metric: accuracy, max-drop: 90 pp}
encodings: {tfjs: [float32, float16, uint8]}
"""


class Killer(Silent):
    """Kills Node whenever one job is about to run in it."""

    def __init__(self, job_id):
        self.job_id = job_id
        self.killed = 0

    def working(self, job_id, stage):
        if (job_id, stage) == (self.job_id, "running"):
            for process in psutil.Process().children(recursive=True):
                # Others may end meanwhile.
                with suppress(psutil.Error):
                    # A recent Node calls its process "MainThread".
                    if process.cmdline()[0].endswith("node"):
                        process.kill()
                        self.killed += 1


def test_node_killed_in_the_middle_of_a_run(tmp_path):
    (tmp_path / "suite.yaml").write_text(SUITE)
    killer = Killer("net/float16@tfjs")
    options = RunOptions(store=str(tmp_path / "store"))
    outcome = run_suite(
        load_suite(tmp_path / "suite.yaml"),
        output=tmp_path / "runs",
        listener=killer,
        options=options,
    )
    rows = {row.job_id: row for row in load_run(outcome.folder).records}
    assert killer.killed == 1
    assert rows["net/float16@tfjs"].status is Status.CRASHED
    assert "Node died (SIGKILL)" in rows["net/float16@tfjs"].reason
    assert {rows[f"net/{name}@tfjs"].status for name in ("float32", "uint8")} == {Status.OK}
    assert (outcome.folder / "worker.log").is_file()
