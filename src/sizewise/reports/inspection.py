"""What was found in a model, on a terminal and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sizewise.domain import FORMAT_VERSION, TensorSpec
from sizewise.domain.inspection import (
    Inspection,
    OpFacts,
    SignatureFacts,
    TargetFacts,
    WeightFacts,
)
from sizewise.reports.text import one_line
from sizewise.units import format_bytes, format_number

_SHOWN_NODES = 8


def as_json(found: Inspection) -> str:
    """``{"format": 1, "source": ..., "signatures": [...]}``, strict JSON, indented."""
    document = {"format": FORMAT_VERSION, **asdict(found)}
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def tables(found: Inspection, top: int) -> RenderableType:
    """Each signature with its inputs and outputs, ``top`` weights and ops, and the targets."""
    parts: list[RenderableType] = [Text(one_line(found.source), style="bold")]
    for facts in found.signatures:
        parts += [Text(""), *_signature(facts, top)]
    return Group(*parts)


def _signature(facts: SignatureFacts, top: int) -> Iterable[RenderableType]:
    yield Text(f"signature {one_line(facts.signature.name)}", style="bold")
    yield _tensors(facts)
    if facts.weights:
        yield Text("")
        yield _weights(facts, top)
    if facts.ops:
        yield Text("")
        yield _ops(facts.ops, top)
    if facts.targets or facts.notes:
        yield Text("")
    for target in facts.targets:
        yield from map(Text, target_lines(target))
    for note in facts.notes:
        yield Text(one_line(f"note: {note}"))


def _table(*columns: tuple[str, bool]) -> Table:
    drawn = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="")
    for heading, numeric in columns:
        drawn.add_column(heading, justify="right" if numeric else "left", overflow="fold")
    return drawn


def _tensors(facts: SignatureFacts) -> Table:
    drawn = _table(("", False), ("name", False), ("type", False), ("shape", False))
    for side, specs in (("input", facts.signature.inputs), ("output", facts.signature.outputs)):
        for spec in specs:
            drawn.add_row(side, Text(one_line(spec.name)), spec.dtype, Text(_shape(spec)))
    return drawn


def _shape(spec: TensorSpec) -> str:
    if spec.shape is None:
        return "any"
    return f"[{', '.join('?' if size is None else str(size) for size in spec.shape)}]"


def _weights(facts: SignatureFacts, top: int) -> Table:
    total = facts.weight_bytes
    drawn = _table(
        ("weight", False), ("type", False), ("shape", False), ("bytes", True), ("share", True)
    )
    for weight in facts.weights[:top]:
        drawn.add_row(
            Text(one_line(weight.name)),
            weight.dtype,
            Text(str(list(weight.shape))),
            format_bytes(weight.size_bytes),
            _share(weight.size_bytes, total),
        )
    if rest := facts.weights[top:]:
        size = sum(weight.size_bytes for weight in rest)
        drawn.add_row(f"{len(rest)} more", "", "", format_bytes(size), _share(size, total))
    drawn.add_section()
    drawn.add_row(_count(facts.weights), "", "", format_bytes(total), "")
    return drawn


def _count(weights: Iterable[WeightFacts]) -> str:
    return f"{len(tuple(weights))} constants"


def _share(size: int, total: int) -> str:
    return f"{format_number(100 * size / total, 1)} %" if total else ""


def _ops(ops: tuple[OpFacts, ...], top: int) -> Table:
    drawn = _table(("op", False), ("nodes", True))
    for facts in ops[:top]:
        drawn.add_row(facts.op, str(len(facts.nodes)))
    if rest := ops[top:]:
        drawn.add_row(f"{len(rest)} more", str(sum(len(facts.nodes) for facts in rest)))
    return drawn


def target_lines(facts: TargetFacts) -> list[str]:
    """Whether a target can have the model; each op that it lacks with the nodes that use it."""
    if facts.reason is None:
        return [f"{facts.target}: converts and runs"]
    if not facts.lacking:
        return [one_line(f"{facts.target}: {facts.reason}")]
    lines = lacking_lines((each.op, each.nodes) for each in facts.lacking)
    return [f"{facts.target}: lacks", *(f"  {line}" for line in lines)]


def lacking_lines(lacking: Iterable[tuple[str, Sequence[str]]]) -> list[str]:
    """``Digamma: node/Digamma, other/Digamma and 3 more``, for each op and its nodes."""
    lines = []
    for op, nodes in lacking:
        shown = ", ".join(nodes[:_SHOWN_NODES])
        rest = len(nodes) - _SHOWN_NODES
        more = f" and {rest} more" if rest > 0 else ""
        lines.append(one_line(f"{op}: {shown}{more}" if nodes else op))
    return lines
