"""What an artifact weighs, as stored and as a server sends it."""

from __future__ import annotations

import gzip
import os
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

from sizewise.domain import Artifact, ArtifactFile
from sizewise.measure.files import read_artifact_file

GZIP_LEVEL = 6
BROTLI_LEVEL = 5
"""What servers use when they compress on the fly."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sums over an artifact's files, in bytes; each file is compressed on its own.

    ``compression`` names levels and libraries: sizes of others are not comparable.
    """

    raw: int
    gzip: int
    brotli: int
    compression: str


class _FileSizes(NamedTuple):
    raw: int
    gzip: int
    brotli: int


def measure_sizes(artifact: Artifact, brotli_level: int = BROTLI_LEVEL) -> Sizes:
    """Sizes of the files that the manifest names, and of nothing else in the folder.

    Files are compressed side by side in threads, as both compressors release the GIL;
    ``brotli_level`` 11 still takes seconds for every few megabytes. Raises ConversionError
    where a file is missing or is not as long as the manifest says.
    """
    import brotli

    def measure(file: ArtifactFile) -> _FileSizes:
        content = read_artifact_file(artifact.folder, file)
        return _FileSizes(
            raw=len(content),
            gzip=len(gzip.compress(content, GZIP_LEVEL, mtime=0)),
            brotli=len(brotli.compress(content, quality=brotli_level)),
        )

    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        files = list(pool.map(measure, artifact.files))
    return Sizes(
        raw=sum(file.raw for file in files),
        gzip=sum(file.gzip for file in files),
        brotli=sum(file.brotli for file in files),
        compression=f"gzip {GZIP_LEVEL} (zlib {zlib.ZLIB_RUNTIME_VERSION}), "
        f"brotli {brotli_level} ({brotli.__version__})",
    )
