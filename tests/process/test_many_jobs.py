"""A large suite: time and memory."""

import time
from collections import Counter

import psutil

from sizewise.domain import Status
from sizewise.records import load_run
from sizewise.run import run_suite
from support import crew
from support.stages import make_suite


def test_a_thousand_jobs(tmp_path, monkeypatch):
    crew.fake_workers(monkeypatch)
    suite = make_suite(*(f"net{number}" for number in range(125)))
    began = time.monotonic()
    before = psutil.Process().memory_info().rss
    loaded = load_run(run_suite(suite, output=tmp_path / "runs").folder)
    assert Counter(row.status for row in loaded.records) == {Status.OK: 1000}
    assert time.monotonic() - began < 60
    assert psutil.Process().memory_info().rss - before < 60 * 1000**2
