"""Sensitivities measured: each weight in each encoding, all others being exact."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from sizewise.domain import Array
from sizewise.domain.encoding import rounded_part
from sizewise.measure.sizes import BROTLI_LEVEL
from sizewise.run.tuning.bench import Bench
from sizewise.tune import (
    PLAIN,
    REST,
    Choices,
    Cost,
    GoOn,
    Point,
    Sensitivity,
    TensorRow,
    rounded_encodings,
)

if TYPE_CHECKING:
    from sizewise.compress import Alone


def measure_sensitivity(bench: Bench, go_on: GoOn, tell: Callable[[str], None]) -> Sensitivity:
    """Measure each weight of a model; ``tell`` is told what is being done.

    Raises what calibrating and running the graph raise.
    """
    from sizewise.compress import round_alone

    tell("rounding each weight alone")
    rounded = round_alone(bench.graph, rounded_encodings(), bench.split.calibrate)
    weights, rows = bench.weights, []
    tasks: list[tuple[str, Callable[[], TensorRow]]] = [
        (name, partial(_kernel, bench, name, values, rounded[name]))
        for name, values in weights.items()
        if name in rounded
    ]
    small = {name: values for name, values in weights.items() if name not in rounded}
    if small:
        tasks.append((REST, partial(_rest, bench, small)))
    for name, measure in tasks:
        if not go_on():
            break
        tell(f"trying {name} alone")
        rows.append(measure())
    is_complete = len(rows) == len(tasks)
    rows.sort(key=lambda row: -row.elements)
    return Sensitivity(tuple(rows), len(bench.split.search), is_complete)


def _kernel(bench: Bench, name: str, values: Array, rounded: Mapping[str, Alone]) -> TensorRow:
    costs = [_stored(bench, {name: values}, key) for key in PLAIN]
    for key in worthwhile(name, rounded):
        weight = rounded[key].weight
        costs.append(_cost(bench, key, weight.levels.tobytes(), {name: weight.values}))
    return TensorRow(name, (name,), values.size, tuple(costs))


def worthwhile(name: str, rounded: Mapping[str, Alone]) -> tuple[str, ...]:
    """The encodings that are best for some price of a byte, compressed, as far as the kernel's
    own outputs tell; and all whose effect on these is not known.

    Those with zeros are compared with each other alone: with more inputs than samples to calibrate
    with, what the removal of weights does is hardly seen on these samples.
    """
    points: dict[bool, list[Point]] = {False: [], True: []}
    for key, one in rounded.items():
        if one.change is not None:
            size = _compressed(one.weight.levels.tobytes())
            points[rounded_part(key).sparsity is None].append(Point(key, size, one.change))
    hulls = [Choices(name, tuple(alike)).hull for alike in points.values() if alike]
    kept = {point.encoding for hull in hulls for point in hull}
    return tuple(key for key, one in rounded.items() if one.change is None or key in kept)


def _rest(bench: Bench, small: Mapping[str, Array]) -> TensorRow:
    costs = tuple(_stored(bench, small, key) for key in PLAIN)
    return TensorRow(REST, tuple(small), sum(values.size for values in small.values()), costs)


def _stored(bench: Bench, weights: Mapping[str, Array], storage: str) -> Cost:
    from sizewise.convert.tfjs.shards import stored_alone

    stored = {name: stored_alone(values, storage) for name, values in weights.items()}
    content = b"".join(content for content, _ in stored.values())
    return _cost(bench, storage, content, {name: values for name, (_, values) in stored.items()})


def _cost(bench: Bench, key: str, content: bytes, values: Mapping[str, Array]) -> Cost:
    return Cost(key, len(content), _compressed(content), bench.tried(values))


def _compressed(content: bytes) -> int:
    import brotli

    return len(brotli.compress(content, quality=BROTLI_LEVEL))
