"""One row: one job in one runtime, with all that was measured or the reason why it was not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

FORMAT_VERSION = 1
"""Version of the columns; a column changes its meaning only with it."""


class Status(StrEnum):
    """How a job ended."""

    OK = "ok"
    FAILED = "failed"
    CRASHED = "crashed"
    TIMEOUT = "timeout"
    NONFINITE = "nonfinite"
    UNSUPPORTED = "unsupported"
    ILLEGAL = "illegal"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One row. None means "not measured", never 0 or NaN.

    Sizes are in bytes, durations in seconds. ``*_seconds`` without ``cpu`` are wall-clock time.
    A positive ``metric_drop`` is a loss, whichever way the metric points.
    """

    job_id: str
    model: str
    transform: str
    encoding: str
    target: str
    status: Status
    reason: str | None = None
    """Why the status is not ``ok``."""
    notes: tuple[str, ...] = ()
    """What a reader of the row should know besides: a fallback, shared calibration samples."""
    runtime: str | None = None
    """What executed the artifact."""

    artifact_sha256: str | None = None
    artifact_path: str | None = None
    """The artifact's folder, relative to the run's."""
    files: tuple[str, ...] = ()
    file_sizes_bytes: tuple[int, ...] = ()
    """Sizes of ``files``, in their order, as stored."""
    size_raw_bytes: int | None = None
    size_gzip_bytes: int | None = None
    size_brotli_bytes: int | None = None
    """Sums over the artifact's files, each compressed on its own, as a server sends them."""
    compression: str | None = None
    """Libraries and levels of the compressed sizes; sizes of others are not comparable."""
    weight_bytes: int | None = None
    """Bytes of all constants in the artifact."""
    overhead_bytes: int | None = None
    """``size_raw_bytes`` less ``weight_bytes``."""
    sparsity: float | None = None
    """Share of zeros in the artifact's kernels, read back from its bytes."""
    distinct_values: int | None = None
    """The largest number of distinct values in any one kernel of the artifact."""
    quantized_share: float | None = None
    """Share of the weights' bytes that are integers with a scale."""
    bits_per_weight: float | None = None
    bits_per_weight_brotli: float | None = None
    """Bits of all kernels for each element of theirs, as stored and in brotli at the level of
    ``size_brotli_bytes``.
    """
    flags: tuple[str, ...] = ()
    """What the artifact's own bytes say against the job's name: zeros, clusters or integers
    that were asked for and are not there, and what training left behind.
    """

    open_seconds: float | None = None
    open_cpu_seconds: float | None = None
    freeze_seconds: float | None = None
    freeze_cpu_seconds: float | None = None
    transform_seconds: float | None = None
    transform_cpu_seconds: float | None = None
    optimise_seconds: float | None = None
    optimise_cpu_seconds: float | None = None
    encode_seconds: float | None = None
    encode_cpu_seconds: float | None = None
    training_seconds: float | None = None
    training_cpu_seconds: float | None = None
    """Time that fine-tuning took, which is no part of ``conversion_seconds``."""
    conversion_seconds: float | None = None
    """Sum of the five stages: what a conversion on its own costs in a warm process."""
    conversion_cpu_seconds: float | None = None
    peak_memory_bytes: int | None = None
    """Highest resident memory of the worker process during the job."""

    metric: str | None = None
    metric_value: float | None = None
    metric_reference: float | None = None
    metric_drop: float | None = None
    metric_drop_low: float | None = None
    metric_drop_high: float | None = None
    """Ends of the paired 95 % interval of ``metric_drop``."""
    metric_drop_interval: str | None = None
    """The method of that interval."""
    metric_p_value: float | None = None
    """Exact McNemar test, for accuracy only."""
    max_drop: float | None = None
    """The suite's limit for ``metric_drop``, in the metric's unit."""
    samples: int | None = None
    agreement: float | None = None
    """Share of samples with the reference's top class; None for a regression."""
    agreement_low: float | None = None
    agreement_high: float | None = None
    """Ends of its 95 % Wilson interval."""
    max_abs_error: float | None = None
    mean_abs_error: float | None = None
    sqnr_db: float | None = None
    """Signal-to-quantization-noise ratio of the outputs; None where there is no noise at all."""
    cosine: float | None = None

    load_seconds: float | None = None
    """Time the runtime takes to load the artifact."""
    latency_seconds: float | None = None
    """Median of ``latencies_seconds``."""
    latencies_seconds: tuple[float, ...] = ()
    """Raw durations of runs on one sample."""

    environment: str | None = None
    """Fingerprint of the environment that the job ran in; ``run.json`` spells it out."""
    measured_at: str | None = None
    """When the job ended whose durations these are, in UTC: ``2026-03-01T02:03:04+00:00``. It
    lies before the run where the result was kept from an earlier one.
    """
    timing: str | None = None
    """``serial`` where nothing else of the run was at work beside the job, or ``parallel``."""
