"""What a conversion wrote, and how it was checked, on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sizewise.domain import Artifact
from sizewise.domain.conversion import Converted, Weighed
from sizewise.reports.text import FLAG, one_line
from sizewise.units import format_bytes, format_number

_HEADINGS = ("artifact", "signature", "variant", "files", "bytes", "gzip", "brotli")
_NUMERIC = 3
_UNTOUCHED = "none"


def table(made: Sequence[Weighed]) -> RenderableType:
    """A row for each artifact, then what it was checked with and what speaks against it."""
    drawn = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="")
    for place, heading in enumerate(_HEADINGS):
        drawn.add_column(heading, justify="right" if place >= _NUMERIC else "left", overflow="fold")
    for each in made:
        artifact = each.converted.artifact
        drawn.add_row(
            Text(str(artifact.folder)),
            Text(one_line(artifact.signature.name)),
            Text(_variant(artifact)),
            str(len(artifact.files)),
            format_bytes(artifact.size_bytes),
            format_bytes(each.gzip_bytes),
            format_bytes(each.brotli_bytes),
        )
    checks = dict.fromkeys(check_line(each.converted) for each in made)
    flags = dict.fromkeys(flag for each in made for flag in each.converted.artifact.flags)
    notes = dict.fromkeys(note for each in made for note in each.converted.notes)
    return Group(
        drawn,
        Text(""),
        *(Text(one_line(line)) for line in checks),
        *(Text(one_line(f"{FLAG} {flag}"), style="yellow") for flag in flags),
        *(Text(one_line(f"note: {note}")) for note in notes),
    )


def check_line(converted: Converted) -> str:
    """``verified on node-wasm with seeded random inputs: …``, or why it was not."""
    check, transform = converted.check, converted.artifact.transform
    if check.reason is not None:
        return f"not verified: {check.reason}"
    assert check.float32_error is not None, "what was checked has its figures"
    changed = transform not in (None, _UNTOUCHED)
    exact = f"the model after {transform}" if changed else "the model"
    model = "the untouched model" if changed else "the model"
    noise = (
        f"this artifact's outputs are {model}'s"
        if check.sqnr_db is None
        else f"this artifact's signal-to-noise ratio to {model} is "
        f"{format_number(check.sqnr_db, 1)} dB"
    )
    return (
        f"verified on {check.runtime} with {check.inputs}: in float32 within "
        f"{check.float32_error:.1e} of {exact}; {noise}"
    )


def _variant(artifact: Artifact) -> str:
    """As a job's id has it: ``prune50/uint8@tfjs``."""
    changed = artifact.transform not in (None, _UNTOUCHED)
    before = f"{artifact.transform}/" if changed else ""
    return f"{before}{artifact.encoding}@{artifact.target}"
