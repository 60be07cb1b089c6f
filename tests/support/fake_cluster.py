"""A Dask cluster of processes on the loopback address, whose groups are run by fake stages.

As a module that a Dask worker loads first, it puts the fakes in place.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from support.processes import wait_for

TESTS = Path(__file__).resolve().parents[1]


class FakeCluster:
    """A scheduler and some workers, each a process that a test can kill."""

    def __init__(self, folder, workers, faults):
        self.file = folder / "scheduler.json"
        environment = {
            **os.environ,
            "PYTHONPATH": str(TESTS),
            "FAKE_WORKER": " ".join([str(TESTS / "support" / "stages.py"), *faults]),
            "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
        }
        common = ["--scheduler-file", str(self.file), "--no-dashboard"]
        self.processes = [
            self._start(
                "dask_scheduler", *common, "--host", "127.0.0.1", "--port", "0", env=environment
            )
        ]
        wait_for(self.file.exists)
        self.workers = [
            self._start(
                "dask_worker",
                *common,
                *("--nthreads", "1", "--no-nanny", "--local-directory", str(folder)),
                *("--preload", __file__),
                env=environment,
            )
            for _ in range(workers)
        ]
        self.processes += self.workers

    @property
    def address(self):
        return json.loads(self.file.read_text())["address"]

    def _start(self, module, *arguments, env):
        return subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{module}", *arguments],
            env=env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def close(self):
        for process in reversed(self.processes):
            process.kill()
            process.wait()


@contextmanager
def fake_cluster(folder, *faults, workers=2):
    cluster = FakeCluster(folder, workers, faults)
    try:
        yield cluster
    finally:
        cluster.close()


def dask_setup(worker):
    """Called by Dask, which copies this file, when a worker starts with it as its preload."""
    from sizewise.run import remote

    remote.COMMAND = (sys.executable, *os.environ["FAKE_WORKER"].split())
