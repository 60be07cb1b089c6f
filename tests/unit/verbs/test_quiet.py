"""What native code writes stays away from the terminal while a verb works."""

from __future__ import annotations

import os
import sys

import pytest

from sizewise.verbs.debug import DEBUG
from sizewise.verbs.quiet import quiet_libraries


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    for name in (DEBUG, "TF_CPP_MIN_LOG_LEVEL", "TFDF_DISABLE_WELCOME_MESSAGE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def terminal(monkeypatch, capfd):
    """What is read of file descriptors 1 and 2, to which Python's stdout leads as in a process.

    To be called by the test itself, as pytest changes stdout before it.
    """

    def start():
        monkeypatch.setattr(sys, "stdout", open(1, "w", closefd=False))  # noqa: SIM115
        return capfd.readouterr

    return start


def write(text):
    sys.stdout.write(text)
    sys.stdout.flush()


def speak(text):
    """As Python does, and as native code does."""
    sys.stdout.write(f"{text}\n")
    os.write(1, f"{text}\n".encode())
    os.write(2, f"{text}\n".encode())


def fail(lines):
    for line in lines:
        os.write(2, f"{line}\n".encode())
    raise ZeroDivisionError


def test_nothing_of_the_block_is_seen_and_everything_around_it_is(terminal):
    seen = terminal()
    sys.stdout.write("before\n")
    with quiet_libraries():
        speak("noise")
    write("after\n")
    assert seen() == ("before\nafter\n", "")


def test_a_failure_passes_through_without_the_noise(terminal):
    seen = terminal()
    with pytest.raises(ZeroDivisionError), quiet_libraries():
        fail(["noise"])
    write("after\n")
    assert seen() == ("after\n", "")


def test_with_debug_a_failure_shows_the_last_lines(capfd, monkeypatch):
    monkeypatch.setenv(DEBUG, "1")
    with pytest.raises(ZeroDivisionError), quiet_libraries():
        fail([f"line {number}" for number in range(30)])
    out, err = capfd.readouterr()
    assert out == ""
    assert err.splitlines() == [f"line {number}" for number in range(10, 30)]


def test_with_debug_a_success_shows_nothing(terminal, monkeypatch):
    seen = terminal()
    monkeypatch.setenv(DEBUG, "1")
    with quiet_libraries():
        speak("noise")
    assert seen() == ("", "")


def test_what_the_user_set_for_tensorflow_stays(monkeypatch):
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
    with quiet_libraries():
        assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "0"
        assert os.environ["TFDF_DISABLE_WELCOME_MESSAGE"] == "1"
