"""Peaks that are gone when the block ends, measured in both ways."""

from __future__ import annotations

import time

import pytest

from sizewise.measure import PeakMemory, memory

MIB = 2**20


def allocate(size):
    block = bytearray(size)
    block[::4096] = b"x" * len(block[::4096])
    return block


@pytest.fixture(params=["kernel", "sampled"])
def method(request, monkeypatch, tmp_path):
    if request.param == "sampled":
        monkeypatch.setattr(memory, "_CLEAR_REFS", tmp_path / "missing" / "clear_refs")
    else:
        with PeakMemory() as probe:
            pass
        if probe.method != "kernel":
            pytest.skip("the kernel's high-water mark cannot be reset here")
    return request.param


def test_a_peak_within_the_block_counts_after_it_is_freed(method):
    with PeakMemory() as before:
        pass
    with PeakMemory() as peak:
        block = allocate(100 * MIB)
        # Long enough for several samples.
        time.sleep(10 * memory.SAMPLING_SECONDS)
        del block
    assert peak.method == method
    assert 80 * MIB < peak.bytes - before.bytes < 150 * MIB


def test_a_peak_before_the_block_does_not_count(method):
    allocate(200 * MIB)
    with PeakMemory() as after:
        pass
    with PeakMemory() as larger:
        block = allocate(200 * MIB)
        time.sleep(10 * memory.SAMPLING_SECONDS)
        del block
    assert larger.bytes - after.bytes > 150 * MIB


def test_the_outer_of_two_blocks_sees_a_peak_before_the_inner_one(method):
    with PeakMemory() as outer:
        block = allocate(100 * MIB)
        time.sleep(10 * memory.SAMPLING_SECONDS)
        del block
        with PeakMemory() as inner:
            pass
    assert outer.bytes - inner.bytes > 80 * MIB


def test_there_is_no_figure_until_the_block_has_ended():
    with PeakMemory() as peak:
        assert peak.bytes is None
    assert peak.bytes > MIB
