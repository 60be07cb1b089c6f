"""Wall-clock and CPU seconds of a piece of work."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds by the clock, and seconds of processor time of all threads of this process."""

    wall_seconds: float
    cpu_seconds: float


class Stopwatch:
    """Times its block: ``with Stopwatch() as watch: ...``, then ``watch.timing``.

    ``timing`` is set however the block ends. Child processes do not count as CPU time.
    """

    timing: Timing

    def __enter__(self) -> Self:
        self._wall = time.perf_counter()
        self._cpu = time.process_time()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.timing = Timing(time.perf_counter() - self._wall, time.process_time() - self._cpu)


def timed(work: Callable[[], Result]) -> tuple[Result, Timing]:
    """What ``work()`` returns, and how long it took."""
    with Stopwatch() as watch:
        result = work()
    return result, watch.timing
