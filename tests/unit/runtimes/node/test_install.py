"""The lock of TensorFlow.js, and what npm's complaints say."""

from __future__ import annotations

import json

from sizewise.runtimes.node.install import HERE, npm_reason, tensorflow_js_version


def test_the_lock_pins_one_version_and_every_digest_and_names_no_host():
    text = (HERE / "package-lock.json").read_text()
    lock = json.loads(text)
    assert lock["lockfileVersion"] == 3
    assert "http" not in text
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    ours = {entry["version"] for name, entry in packages.items() if name.count("@tensorflow/tfjs-")}
    assert ours == {tensorflow_js_version()} == {"4.22.0"}


def test_the_lock_fits_the_manifest():
    manifest = json.loads((HERE / "package.json").read_text())
    lock = json.loads((HERE / "package-lock.json").read_text())
    assert lock["packages"][""]["dependencies"] == manifest["dependencies"]
    assert set(manifest["dependencies"].values()) == {"4.22.0"}


def test_the_telling_line_of_npm_is_found():
    stderr = """npm warn Unknown user config "x"
npm error code ENOTFOUND
npm error syscall getaddrinfo
npm error errno ENOTFOUND
npm error network request to http://registry.invalid/long failed, reason: getaddrinfo ENOTFOUND
npm error network This is a problem related to network connectivity.
npm error A complete log of this run can be found in: /home/me/.npm/_logs/debug-0.log
"""
    assert npm_reason(stderr).startswith("network request to http://registry.invalid/long failed")


def test_npm_that_dies_otherwise_is_quoted():
    assert npm_reason("node: cannot execute\n") == "node: cannot execute"
    assert npm_reason("") == "it said nothing"
