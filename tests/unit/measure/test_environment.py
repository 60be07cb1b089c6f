"""What is told of a machine, and what never is."""

from __future__ import annotations

import getpass
import json
import os
import platform
import re
from pathlib import Path

from sizewise.measure import describe_environment, environment, fingerprint


def test_it_names_machine_system_python_and_versions():
    description = describe_environment()
    assert description["cores"] >= 1
    assert description["memory_gib"] >= 1
    assert (
        description["python"] == f"{platform.python_implementation()} {platform.python_version()}"
    )
    assert {"cpu", "os", "machine"} <= description.keys()
    for package in ("sizewise", "tensorflow", "tensorflowjs", "ai-edge-litert", "numpy"):
        assert re.match(r"\d+\.\d+", description[package])


def test_a_package_that_is_missing_is_left_out(monkeypatch):
    monkeypatch.setattr(environment, "_PACKAGES", ("numpy", "no-such-package-of-ours"))
    description = describe_environment()
    assert "numpy" in description
    assert "no-such-package-of-ours" not in description


def test_onednn_is_the_setting_or_default(monkeypatch):
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS", raising=False)
    assert describe_environment()["onednn"] == "default"
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    assert describe_environment()["onednn"] == "0"


def test_others_may_add_what_they_know():
    assert describe_environment({"node": "v24.1.0"})["node"] == "v24.1.0"


def test_nothing_private_is_told(monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "hunter2-hunter2")
    told = json.dumps(describe_environment())
    assert "hunter2" not in told
    assert str(Path.home()) not in told.split('"')
    assert platform.node() not in told.split('"')
    assert getpass.getuser() not in told.split('"')
    assert os.sep + "home" not in told


def test_the_processors_name_comes_from_where_the_system_keeps_it(monkeypatch, tmp_path):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nmodel name\t: Fast CPU @ 3 GHz\nflags\t: a b\n")
    monkeypatch.setattr(environment, "_CPUINFO", cpuinfo)
    assert describe_environment()["cpu"] == "Fast CPU @ 3 GHz"


def test_a_processor_without_a_name_goes_by_its_architecture(monkeypatch, tmp_path):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nCPU implementer\t: 0x41\n")
    monkeypatch.setattr(environment, "_CPUINFO", cpuinfo)
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(platform, "processor", lambda: "")
    assert describe_environment()["cpu"] == platform.machine()


def test_the_fingerprint_depends_on_content_and_not_on_order():
    one = fingerprint({"cpu": "a", "cores": 2})
    assert re.fullmatch(r"[0-9a-f]{12}", one)
    assert fingerprint({"cores": 2, "cpu": "a"}) == one
    assert fingerprint({"cpu": "a", "cores": 4}) != one
    # Written down, so that a change of it is noticed: old runs would compare as foreign.
    assert fingerprint({"a": 1}) == "015abd7f5cc5"


def test_systems_go_by_name_and_version_without_the_kernels_build(monkeypatch):
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(platform, "freedesktop_os_release", lambda: {"PRETTY_NAME": "Debian 12"})
    assert environment._system() == "Debian 12"
    monkeypatch.setattr(platform, "freedesktop_os_release", dict)
    assert environment._system() == "Linux"
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    monkeypatch.setattr(platform, "mac_ver", lambda: ("14.5", ("", "", ""), "arm64"))
    assert environment._system() == "macOS 14.5"
    monkeypatch.setattr(platform, "system", lambda: "Windows")
    monkeypatch.setattr(platform, "release", lambda: "11")
    assert environment._system() == "Windows 11"
