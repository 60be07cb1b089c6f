"""Make or repair ``.venv``: the locked dependencies with compiled bytecode, and the project.

Needs nothing but Python 3.11 or 3.12 with pip. Does nothing where the environment is already
what the locks say. Usage: python tools/environment.py requirements.lock (or requirements-dev.lock)
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
BUILD_LOCK = "requirements-build.lock"
SUPPORTED = ((3, 11), (3, 12))


def main(lock: str) -> None:
    """Bring ``.venv`` in line with ``lock``, or end with one line that says what to do."""
    if sys.version_info[:2] not in SUPPORTED:
        found = ".".join(map(str, sys.version_info[:3]))
        stop(
            f"Python {found} cannot run TensorFlow 2.19: make PYTHON=/path/to/python3.11 (or 3.12)"
        )
    stamp = VENV / f"made-from-{lock}"
    wanted = digest(ROOT / lock, ROOT / BUILD_LOCK, ROOT / "pyproject.toml")
    if stamp.is_file() and stamp.read_text() == wanted and works(PYTHON):
        return
    if not works(PYTHON):
        create()
    say(f"installing what {lock} names (about 2 GB; a minute or two)")
    pip("--require-hashes", "--no-deps", "--requirement", lock)
    install_project()
    stamp.write_text(wanted)


def install_project() -> None:
    """Install the project itself, editable, with its locked build tools kept out of ``.venv``."""
    with tempfile.TemporaryDirectory() as tools:
        pip("--require-hashes", "--no-deps", "--target", tools, "--requirement", BUILD_LOCK)
        pip("--no-deps", "--no-build-isolation", "--editable", ".", path=tools)


def create() -> None:
    """A new, empty ``.venv`` in place of none or of a half-made one."""
    if VENV.exists() and not (VENV / "pyvenv.cfg").is_file() and any(VENV.iterdir()):
        stop(".venv exists and is no Python environment: move it away, then try again")
    say("making .venv")
    shutil.rmtree(VENV, ignore_errors=True)
    try:
        venv.create(VENV, with_pip=True)
    except (subprocess.CalledProcessError, OSError) as error:
        shutil.rmtree(VENV, ignore_errors=True)
        stop(
            f"{sys.executable} cannot make an environment ({error}): install its venv package "
            "(on Debian: apt install python3-venv) or name another with make PYTHON=..."
        )


def works(python: Path) -> bool:
    """Whether an environment's interpreter starts, is a supported one, and has pip."""
    code = f"import sys, pip; sys.exit(sys.version_info[:2] not in {SUPPORTED!r})"
    try:
        return (
            subprocess.run([python, "-c", code], capture_output=True, check=False).returncode == 0
        )
    except OSError:
        return False


def pip(*arguments: str, path: str = "") -> None:
    """Run pip's install, quietly; on failure end with its own reason and ours."""
    command = [
        PYTHON,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--compile",
    ]
    done = subprocess.run(
        [*command, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return
    errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
    lines = errors or done.stderr.splitlines() or ["pip gave no reason"]
    offline = "No matching distribution" in done.stderr or "connection" in done.stderr.lower()
    advice = "is the package index reachable from here? then try again" if offline else "try again"
    stop(f"pip could not install: {lines[0].removeprefix('ERROR: ')}; {advice}")


def digest(*files: Path) -> str:
    """One hash over files' bytes and the interpreter's version."""
    hasher = hashlib.sha256(repr(sys.version_info[:2]).encode())
    for file in files:
        hasher.update(file.read_bytes())
    return hasher.hexdigest()


def say(message: str) -> None:
    """One line of progress."""
    print(f"sizewise: {message}", file=sys.stderr)


def stop(message: str) -> None:
    """One line, and the end."""
    sys.exit(f"sizewise: {message}")


if __name__ == "__main__":
    main(sys.argv[1])
