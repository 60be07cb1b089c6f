import io
from dataclasses import replace
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


def shown(made, width=100):
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(table(made))
    return console.export_text()


def test_an_artifact_is_a_row_with_its_sizes_and_its_check():
    made = [Weighed(Converted(ARTIFACT, CHECK, ("opened",)), 4000, 3500, "gzip 6")]
    text = shown(made)
    (row,) = [line.split() for line in text.splitlines() if line.startswith("web")]
    sizes = ["12.0", "kB", "4.00", "kB", "3.50", "kB"]
    assert row == ["web", "serve", "uint8@tfjs", "2", *sizes]
    assert "verified on node-wasm" in text
    assert "note: opened" in text


def test_a_check_says_how_near():
    line = check_line(Converted(ARTIFACT, CHECK))
    assert line.endswith(
        "within 1.2e-07 of the model; this artifact's signal-to-noise ratio to the model is 31.8 dB"
    )
    equal = Converted(ARTIFACT, Check("litert", "samples", 0.0, None))
    assert check_line(equal).endswith("this artifact's outputs are the model's")


def test_what_was_not_checked_says_why():
    unchecked = Converted(ARTIFACT, Check(reason="no such op"))
    assert check_line(unchecked) == "not verified: no such op"


def test_a_transform_is_told_from_the_untouched_model():
    changed = replace(ARTIFACT, transform="prune50", flags=("prune50: 1 of 2 kernels have less",))
    text = shown([Weighed(Converted(changed, CHECK), 4000, 3500, "gzip 6")], width=200)
    assert "prune50/uint8@tfjs" in text
    assert "within 1.2e-07 of the model after prune50; " in text
    assert "signal-to-noise ratio to the untouched model is 31.8 dB" in text
    assert "⚑ prune50: 1 of 2 kernels have less" in text


def test_no_transform_is_not_mentioned():
    plain = replace(ARTIFACT, transform="none")
    assert "none" not in shown([Weighed(Converted(plain, CHECK), 4000, 3500, "gzip 6")])
