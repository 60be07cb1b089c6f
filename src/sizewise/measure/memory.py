"""The highest resident memory of this process during a block of work."""

from __future__ import annotations

import threading
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Protocol, Self

SAMPLING_SECONDS = 0.01
_CLEAR_REFS = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")


class PeakMemory:
    """Measures its block: ``with PeakMemory() as peak: ...``, then ``peak.bytes``.

    On Linux the kernel's own high-water mark is reset at the start (``man proc_pid_clear_refs``)
    and read at the end, so that no peak is missed. Where that is not permitted, and on other
    systems, a thread looks every 10 ms and short peaks may be missed; ``method`` says which:
    ``kernel`` or ``sampled``. The memory that was in use at the start counts; child processes
    do not. Blocks may be nested, within one thread.
    """

    bytes: int | None = None
    """None until the block has ended."""
    method: str

    def __enter__(self) -> Self:
        try:
            self._watch: _Watch = _HighWaterMark()
            self.method = "kernel"
        except OSError:
            self._watch = _Sampler()
            self.method = "sampled"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.bytes = self._watch.stop()


class _Watch(Protocol):
    def stop(self) -> int: ...


class _HighWaterMark:
    """The kernel's mark. Raises OSError where it cannot be reset."""

    _open: ClassVar[list[_HighWaterMark]] = []

    def __init__(self) -> None:
        self.seen = 0
        before = _high_water_bytes()
        # 5 resets the mark to what is resident now.
        _CLEAR_REFS.write_text("5")
        for outer in self._open:
            outer.seen = max(outer.seen, before)
        self._open.append(self)

    def stop(self) -> int:
        self._open.remove(self)
        return max(self.seen, _high_water_bytes())


def _high_water_bytes() -> int:
    for line in _STATUS.read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise OSError(f"{_STATUS} has no VmHWM")


class _Sampler:
    """A thread that looks at the resident size now and then."""

    def __init__(self) -> None:
        import psutil

        self._process = psutil.Process()
        self._peak = 0
        self._ended = threading.Event()
        self._look()
        self._thread = threading.Thread(target=self._watch, name="peak-memory", daemon=True)
        self._thread.start()

    def stop(self) -> int:
        self._ended.set()
        self._thread.join()
        self._look()
        return self._peak

    def _watch(self) -> None:
        while not self._ended.wait(SAMPLING_SECONDS):
            self._look()

    def _look(self) -> None:
        self._peak = max(self._peak, int(self._process.memory_info().rss))
