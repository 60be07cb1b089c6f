"""The command line as a user starts it: a process of its own, or to save its start, this one."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest import mock

SIZEWISE = Path(sys.executable).with_name("sizewise")


def environment():
    """That of this process, without a terminal's width and without the files of a server's job."""
    ours = {"COLUMNS", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE"}
    return {name: value for name, value in os.environ.items() if name not in ours}


def sizewise(*arguments, cwd=None, timeout=240):
    """Run a command to its end; its exit code, stdout and stderr."""
    return subprocess.run(
        [SIZEWISE, *map(str, arguments)],
        cwd=cwd,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def start(*arguments, cwd=None):
    """Start a command; stderr, where its progress goes, can be read line by line."""
    return subprocess.Popen(
        [SIZEWISE, *map(str, arguments)],
        cwd=cwd,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def sizewise_here(*arguments, cwd):
    """Run a command in this process: its exit code, and as ``stdout`` all that it prints."""
    from sizewise import cli

    command = ["sizewise", *map(str, arguments)]
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as output,
        chdir(cwd),
        mock.patch.dict(os.environ, environment(), clear=True),
        mock.patch.object(sys, "argv", command),
        redirect_stdout(output),
        redirect_stderr(output),
    ):
        try:
            cli.main()
        except SystemExit as end:
            code = end.code
        output.flush()
        output.seek(0)
        return subprocess.CompletedProcess(command, code, output.read(), "")
