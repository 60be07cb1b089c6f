"""Sensitivities and the tuner: a model, as a suite or an argument names it, to its end."""

from __future__ import annotations

import math
import shlex
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from sizewise.analysis.tuning import TuningView, Weight, view_of, weights_of
from sizewise.config.single import Single, yaml_of
from sizewise.domain import Artifact, Encoding
from sizewise.domain.tuning import Goal
from sizewise.errors import RecordsError
from sizewise.run.tuning import Task, measure_sensitivity, open_bench, tune
from sizewise.storage import write_file
from sizewise.tune import PLAIN, REST, Outcome, Sensitivity, Tuned, encoding_of, ladder, mix_of

ARTIFACT = "artifact"
SUITE = "suite.yaml"

Tell = Callable[[str], None]
"""Told what is being done, a line at a time."""


@dataclass(frozen=True, slots=True)
class TunedModel:
    """A tuning, and what it left in its folder: an artifact, and the suite that makes it again.

    ``tuned`` has the best mix, the budget and all trials; ``view`` what reports make of them: the
    Pareto fronts, what was saved, and how each weight is stored. ``entry`` is the encoding as a
    suite writes it, in YAML.
    """

    folder: Path
    artifact: Artifact
    encoding: Encoding
    suite: Path
    entry: str
    tuned: Tuned
    view: TuningView


@dataclass(frozen=True, slots=True)
class Sensitivities:
    """What each weight of a model costs and saves in each encoding alone.

    ``weights`` are the rows of ``sensitivity`` as reports show them, by brotli size; ``maps`` are
    suggested maps of the upstream converter's encodings, by what they are written for.
    """

    model: str
    metric: str | None
    sensitivity: Sensitivity
    weights: tuple[Weight, ...]
    maps: Mapping[str, str]


def tune_model(single: Single, task: Task, out: Path, tell: Tell) -> TunedModel:
    """Tune a model, and write the best artifact with the suite that makes it again below ``out``.

    Trials that are there already are not made again. Raises what ``run.tuning.tune`` raises.
    """
    with open_bench(single.spec, task.auto.seed) as bench:
        tuned = tune(task, bench, out, tell)
        encoding = encoding_of(tuned.best.encodings)
        try:
            shutil.rmtree(out / ARTIFACT, ignore_errors=True)
            artifact = replace(
                bench.write_encoding(encoding, out / ARTIFACT), source=str(single.spec.source)
            )
            write_file(out / SUITE, single.text(encoding, out / SUITE))
        except OSError as error:
            raise RecordsError(f"cannot write: {error.strerror or error}", where=out) from error
    view = view_of(Outcome(single.spec.name, single.spec.metric, tuned))
    return TunedModel(out, artifact, encoding, out / SUITE, yaml_of(encoding), tuned, view)


def sensitivities_of(single: Single, seed: int, sqnr_db: float, tell: Tell) -> Sensitivities:
    """What each weight's encoding alone costs, and saves, with maps that keep ``sqnr_db``.

    Raises what opening the model raises, and DataError where its samples do not do.
    """
    with open_bench(single.spec, seed) as bench:
        found = measure_sensitivity(bench, lambda: True, tell)
    spec, weights = single.spec, weights_of(found, Goal.BROTLI)
    return Sensitivities(spec.name, spec.metric, found, weights, suggested_maps(found, sqnr_db))


def suggested_maps(sensitivity: Sensitivity, sqnr_db: float) -> dict[str, str]:
    """The smallest map of the upstream converter's encodings whose noise is expected to stay
    ``sqnr_db`` below the outputs, by what it is written for.

    The noise of a map is taken for the sum of what its weights do alone.
    """
    most = 10 ** (-sqnr_db / 10)
    rungs = ladder(sensitivity.choices(Goal.BROTLI, PLAIN))
    rung = max((each for each in rungs if each.distortion <= most), key=rungs.index)
    mix = mix_of(rung.encodings, REST, sensitivity.small)
    encoding = encoding_of(mix)
    patterns = encoding.patterns or {}
    flags = " ".join(
        shlex.quote(f"--quantize_{storage}={','.join(names)}")
        for storage, names in patterns.items()
    )
    expected = "exact" if rung.distortion == 0 else f"{-10 * math.log10(rung.distortion):.1f} dB"
    return {
        f"For tensorflowjs_converter ({expected} expected)": flags or "(no flag: float32)",
        "For the tfjs encodings of a suite": yaml_of(encoding),
    }
