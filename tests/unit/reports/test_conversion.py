import io
from pathlib import Path

from rich.console import Console

from sizewise.domain import Artifact, ArtifactFile, Signature, Target
from sizewise.domain.conversion import Check, Converted, Weighed
from sizewise.reports.conversion import check_line, table

ARTIFACT = Artifact(
    Target.TFJS,
    "uint8",
    Path("web"),
    (ArtifactFile("model.json", 9000, ""), ArtifactFile("group1-shard1of1.bin", 3000, "")),
    "",
    Signature("serve", (), ()),
)
CHECK = Check("node-wasm", "seeded random inputs", 1.234e-7, 31.82)


def test_an_artifact_is_a_row_with_its_sizes_and_its_check():
    made = [Weighed(Converted(ARTIFACT, CHECK, ("opened",)), 4000, 3500, "gzip 6")]
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(table(made))
    text = console.export_text()
    (row,) = [line.split() for line in text.splitlines() if line.startswith("web")]
    sizes = ["12.0", "kB", "4.00", "kB", "3.50", "kB"]
    assert row == ["web", "serve", "uint8@tfjs", "2", *sizes]
    assert "verified on node-wasm" in text
    assert "note: opened" in text


def test_a_check_says_how_near():
    line = check_line(CHECK)
    assert "within 1.2e-07 of the model" in line
    assert "31.8 dB" in line
    assert "are the model's" in check_line(Check("litert", "samples", 0.0, None))


def test_what_was_not_checked_says_why():
    assert check_line(Check(reason="no such op")) == "not verified: no such op"
