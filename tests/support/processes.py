"""Processes that a test has started, with all that these have started: found, and waited for."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import psutil

from sizewise.records import load_run
from support import crew

MARK = "FAKE_RUN_OF"
"""An environment variable by which a test finds all that it has started."""


def left_running(mark):
    """Those that are there still."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark and process.pid != os.getpid():
                found.append(process)
        except psutil.Error:
            continue
    return [process for process in found if process.status() != psutil.STATUS_ZOMBIE]


def wait_until_gone(mark, seconds):
    """Fail where something is left after that time."""
    deadline = time.monotonic() + seconds
    while left := left_running(mark):
        assert time.monotonic() < deadline, f"still there: {left}"
        time.sleep(0.02)


def wait_for(condition, seconds=30):
    """Fail where it has not come true after that time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it does not come"
        time.sleep(0.05)


def start(*arguments, cwd, **options):
    """The command line with fake workers, in a process of its own."""
    command = [sys.executable, crew.__file__, *arguments]
    environment = {**os.environ, "PYTHONPATH": str(crew.TESTS), **options.pop("env", {})}
    return subprocess.Popen(
        command, cwd=cwd, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, **options
    )


def newest(folder):
    """The newest run of the made-up suite below a folder."""
    return load_run(folder / "results" / "runs" / "made-up")
