"""Tune the models of results/tuning.md and write the page: python -m tools.tuning_page.

Every tuning is kept below ``--out``, so that an interrupted one goes on where it stopped; with
``--only GLOB`` some are run, and the page is written once all are there. The keyword-spotting model
is read from the folder that the variable SIZEWISE_KWS names, and left out without it.
"""

from __future__ import annotations

import argparse
import fnmatch
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from sizewise.storage import write_file
from sizewise.tune import SENSITIVITY_FILE, Outcome, Trial, load_outcome
from sizewise.units import format_number

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "results" / "tuning.md"
LIMITS = ("--max-drop", "1 pp", "--agreement", "98%")
EVIDENCES = ("shown", "estimated")
SUITE_MODELS = ("digits-cnn", "digits-dscnn", "digits-resnet", "signal-cnn1d")
KWS = "kws"
KWS_SAMPLES = (100, 400)
"""How many of the 1,000 calibrate and how many search; the others judge."""

INTRO = """\
# The tuner against one encoding for all weights

Made by `python -m tools.tuning_page` with sizewise {version}:
`sizewise tune configs/compression.yaml --model NAME --max-drop "1 pp" --agreement 98%` for each
model of the suite, and the same for `zoo:sequence-gru` and the keyword-spotting model of MLPerf
Tiny (100 of its samples to calibrate, 400 to search, the others to judge). Samples to judge on were
used neither to calibrate nor to search, and run in TensorFlow.js on WebAssembly. Bytes are those of
the weight files in brotli 5; "upstream" is the smallest of float32, float16, uint16 and uint8 that
keeps the same limits on the same samples.

Which levels and zeros are tried for each weight was settled with the zoo's verdicts, not those of
kws, in sight, so the zoo's figures may be a little kind.
"""

PARTS = {
    "shown": "Both limits hold for the ends of the paired 95 % intervals:",
    "estimated": "With `--evidence estimated`, the estimates keep the limits, and not the ends of "
    "their intervals:",
}

HEADINGS = (
    "| model | test samples | upstream, bytes | tuned, bytes | less | drop in pp [high] "
    "| agreement in % [low] | SQNR dB | trials |\n"
    "| :-- | --: | --: | --: | --: | --: | --: | --: | --: |"
)


@dataclass(frozen=True, slots=True)
class Row:
    """A tuning: what is tuned, as the command has it, and by what evidence."""

    model: str
    evidence: str
    words: tuple[str, ...]

    def folder(self, out: Path) -> Path:
        """Where it is kept."""
        return out / f"{self.model}-{self.evidence}"


def rows(out: Path) -> Iterator[Row]:
    """All tunings, those of one model after another."""
    models: dict[str, tuple[str, ...]] = {
        name: ("configs/compression.yaml", "--model", name) for name in SUITE_MODELS
    }
    gru = "zoo:sequence-gru"
    models["sequence-gru"] = (gru, "--data", gru, "--metric", "accuracy")
    if kws := os.environ.get("SIZEWISE_KWS"):
        data = str(_kws_samples(Path(kws), out))
        models[KWS] = (f"{kws}/saved_model", "--data", data, "--metric", "accuracy")
    for model, words in models.items():
        yield from (Row(model, evidence, words) for evidence in EVIDENCES)


def _kws_samples(kws: Path, out: Path) -> Path:
    """The keyword-spotting samples, drawn into those to calibrate, to search and to judge on."""
    file = out / "kws.npz"
    if not file.exists():
        given = np.load(kws / "kws01.npz")
        order = np.random.default_rng(0).permutation(len(given["x"]))
        calibrate, search, judge = np.split(order, np.cumsum(KWS_SAMPLES))
        x, y = given["x"], given["y"]
        out.mkdir(parents=True, exist_ok=True)
        np.savez(
            file,
            x=x[judge],
            y=y[judge],
            x_train=x[search],
            y_train=y[search],
            x_calibrate=x[calibrate],
        )
    return file


def tune(row: Row, out: Path) -> bool:
    """Run one tuning, and say whether it came to its end."""
    folder = row.folder(out)
    known = Row(row.model, EVIDENCES[0], row.words).folder(out) / SENSITIVITY_FILE
    if known.exists() and not (folder / SENSITIVITY_FILE).exists():
        # They depend on the model and its samples, and not on the evidence.
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(known, folder)
    command = Path(sys.executable).with_name("sizewise")
    ended = subprocess.run(
        [
            command, "tune", *row.words, *LIMITS, "--evidence", row.evidence,
            "--time-limit", "1h", "--out", folder,
        ],
        cwd=ROOT,
        check=False,
    )  # fmt: skip
    return ended.returncode == 0


def page(outcomes: Mapping[str, Mapping[str, Outcome]]) -> str:
    """The page; by evidence and model, what came of each tuning."""
    parts = [INTRO.format(version=version("sizewise"))]
    for evidence, found in outcomes.items():
        lines = {model: _line(model, outcome) for model, outcome in found.items()}
        ordered = sorted(found, key=lambda model: _saved(found[model]), reverse=True)
        table = "\n".join([HEADINGS, *(lines[model] for model in ordered)])
        median = _percent(statistics.median(map(_saved, found.values())))
        parts += [PARTS[evidence] + "\n", table + "\n", f"The median is {median} less.\n"]
    return "\n".join(parts)


def _saved(outcome: Outcome) -> float:
    tuned = outcome.tuned
    return 1 - tuned.best.weight_brotli / tuned.upstream.weight_brotli


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _line(model: str, outcome: Outcome) -> str:
    tuned = outcome.tuned
    best, upstream = tuned.best, tuned.upstream
    (encoding,) = upstream.encodings.values()
    cells = [
        model,
        str(best.figures.samples),
        f"{encoding} {upstream.weight_brotli:,}",
        f"{best.weight_brotli:,}",
        _percent(_saved(outcome)),
        *_drift(best),
        str(len(tuned.trials)),
    ]
    return f"| {' | '.join(cells)} |"


def _drift(trial: Trial) -> tuple[str, str, str]:
    figures = trial.figures
    values = (figures.drop, figures.drop_high, figures.agreement, figures.agreement_low)
    assert None not in values, "labels are there, and classes"
    drop, high, agreement, low = (100 * (value or 0.0) for value in values)
    shown = "0.00" if drop == 0 else f"{drop:+.2f}".replace("-", "−")
    return f"{shown} [{high:+.2f}]", f"{agreement:.1f} [{low:.1f}]", f"{figures.sqnr_db:.1f}"


def main() -> int:
    """Run what is wanted, and write the page if all is there."""
    parser = argparse.ArgumentParser(prog="tuning_page")
    parser.add_argument("--only", metavar="GLOB", default="*", help="tunings to run")
    parser.add_argument("--out", type=Path, default=ROOT / "results" / "runs" / "tuning")
    told = parser.parse_args()
    out = told.out.resolve()
    wanted = list(rows(out))
    for row in wanted:
        if fnmatch.fnmatchcase(f"{row.model}-{row.evidence}", told.only):
            start = time.monotonic()
            has_ended = tune(row, out)
            seconds = format_number(time.monotonic() - start, 0)
            verdict = "" if has_ended else "failed after "
            print(f"{row.model}, {row.evidence}: {verdict}{seconds} s", flush=True)
    found: dict[str, dict[str, Outcome]] = {evidence: {} for evidence in EVIDENCES}
    for row in wanted:
        outcome = load_outcome(row.folder(out))
        if outcome is None:
            print(f"{row.model}, {row.evidence} is not there: the page stays as it was")
            return 0
        found[row.evidence][row.model] = outcome
    write_file(PAGE, page(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
