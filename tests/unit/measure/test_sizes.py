"""Sizes against the compressors themselves."""

from __future__ import annotations

import gzip
import re

import brotli
import pytest

from sizewise.errors import ConversionError
from sizewise.measure import measure_sizes

FILES = {"model.json": b'{"a": 1}' * 500, "shard.bin": bytes(range(256)) * 40}


def test_sizes_are_sums_over_files_compressed_on_their_own(artifact_of):
    sizes = measure_sizes(artifact_of(FILES))
    assert sizes.raw == sum(map(len, FILES.values()))
    assert sizes.gzip == sum(len(gzip.compress(data, 6, mtime=0)) for data in FILES.values())
    assert sizes.brotli == sum(len(brotli.compress(data, quality=5)) for data in FILES.values())
    assert sizes.brotli > len(brotli.compress(b"".join(FILES.values()), quality=5))


def test_the_compression_names_levels_and_libraries(artifact_of):
    artifact = artifact_of(FILES)
    pattern = r"gzip 6 \(zlib [\d.]+\), brotli {} \([\d.]+\)"
    assert re.fullmatch(pattern.format(5), measure_sizes(artifact).compression)
    assert re.fullmatch(pattern.format(11), measure_sizes(artifact, 11).compression)


def test_a_higher_level_is_used_and_not_only_named(artifact_of):
    text = "".join(f"line {number * 7919 % 1000} of many\n" for number in range(3000)).encode()
    artifact = artifact_of({"model.json": text})
    assert measure_sizes(artifact, 11).brotli == len(brotli.compress(text, quality=11))
    assert measure_sizes(artifact, 11).brotli < measure_sizes(artifact, 1).brotli


def test_what_else_lies_in_the_folder_does_not_count(artifact_of):
    artifact = artifact_of(FILES)
    before = measure_sizes(artifact)
    (artifact.folder / "group9-shard1of1.bin").write_bytes(b"stale" * 1000)
    assert measure_sizes(artifact) == before


def test_a_file_that_is_gone_is_named(artifact_of):
    artifact = artifact_of(FILES)
    (artifact.folder / "shard.bin").unlink()
    with pytest.raises(ConversionError, match=r"shard\.bin.*cannot read"):
        measure_sizes(artifact)


def test_a_file_that_was_changed_is_named(artifact_of):
    artifact = artifact_of(FILES)
    (artifact.folder / "shard.bin").write_bytes(b"x")
    with pytest.raises(ConversionError, match=r"holds 1 bytes where the manifest says 10240"):
        measure_sizes(artifact)
