"""The tuner on a bench that is a formula: which trials it makes, and which it trusts."""

import math
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from sizewise.domain import DataSource, Limit, ModelSpec, Samples, Source, SourceKind
from sizewise.domain.tuning import Auto, Evidence
from sizewise.errors import DataError, RecordsError, RequestError
from sizewise.run.tuning.bench import Weighed
from sizewise.run.tuning.split import Split
from sizewise.run.tuning.task import Task
from sizewise.run.tuning.tuner import tune
from sizewise.tune import (
    ALL,
    REST,
    SENSITIVITY_FILE,
    Cost,
    Figures,
    Phase,
    Sensitivity,
    TensorRow,
    save_sensitivity,
)

SPEC = ModelSpec("m", Source(SourceKind.ZOO, "digits-cnn"), DataSource("zoo:x"), None, None)
NOISE = {
    "float32": 0.0,
    "float16": 1e-8,
    "uint16": 1e-9,
    "uint8": 1e-4,
    "uint8-gptq": 2e-5,
    "uint8-gptq-l16": 1e-3,
    "uint8-gptq-l4": 1e-1,
}
BYTES = {
    "float32": 400,
    "float16": 200,
    "uint16": 200,
    "uint8": 100,
    "uint8-gptq": 99,
    "uint8-gptq-l16": 50,
    "uint8-gptq-l4": 25,
}
WEIGHTS = {"sturdy": 1.0, "fragile": 100.0, "bias": 0.01}
"""What a weight's noise counts."""


def sqnr(noise):
    return math.inf if noise == 0 else -10 * math.log10(noise)


def sensitivity():
    rows = [
        TensorRow(
            REST if name == "bias" else name,
            (name,),
            100,
            tuple(
                Cost(key, BYTES[key], BYTES[key], Figures(50, sqnr(factor * noise)))
                for key, noise in NOISE.items()
                if name != "bias" or "gptq" not in key
            ),
        )
        for name, factor in WEIGHTS.items()
    ]
    return Sensitivity(tuple(rows), 50)


def numbers(start):
    return Samples({"x": np.arange(start, start + 20, dtype=np.float32)[:, None]})


@dataclass
class FakeBench:
    """Noise adds up; ``luck`` is what the test samples add to it."""

    spec: ModelSpec = SPEC
    luck: float = 0.0
    calls: list = field(default_factory=list)
    reference: dict = field(default_factory=lambda: {"y": np.linspace(0, 1, 40).reshape(20, 2)})
    notes: tuple = ()
    split = Split(numbers(0), numbers(100), numbers(200))

    @property
    def weights(self):
        return {name: np.full(3, value) for name, value in WEIGHTS.items()}

    def searched(self, mix):
        self.calls.append((Phase.SEARCH, dict(mix)))
        return self.weighed(mix, 0.0)

    def verified(self, mix):
        self.calls.append((Phase.VERIFY, dict(mix)))
        return self.weighed(mix, 0.0 if ALL in mix else self.luck)

    def weighed(self, mix, luck):
        keys = {name: mix.get(ALL) or mix[name] for name in WEIGHTS}
        noise = luck + sum(WEIGHTS[name] * NOISE[key] for name, key in keys.items())
        size = sum(BYTES[key] for key in keys.values())
        return Weighed(size, size, size, Figures(20, sqnr(noise)), "fake")


def task(**changes):
    usual = Auto(sqnr_db=15.0, time_limit_seconds=100.0, trials=50)
    return Task(SPEC, replace(usual, **changes))


@pytest.fixture
def folder(tmp_path):
    save_sensitivity(tmp_path / SENSITIVITY_FILE, sensitivity())
    return tmp_path


def quiet(_):
    pass


def test_bytes_are_saved_where_the_model_can_bear_it(folder):
    tuned = tune(task(), FakeBench(), folder, quiet)

    assert tuned.best.encodings == {
        "sturdy": "uint8-gptq-l16",
        "fragile": "uint8-gptq",
        "bias": "uint8-gptq",
    }
    assert tuned.upstream.encodings == {ALL: "uint8"}
    assert tuned.best.raw < tuned.upstream.raw


def test_the_baseline_is_trial_0(folder):
    tuned = tune(task(), FakeBench(), folder, quiet)

    assert tuned.trials[0].number == 0
    assert tuned.trials[0].encodings == {ALL: "float32"}
    assert [trial.number for trial in tuned.trials] == list(range(len(tuned.trials)))


def test_what_the_search_believes_is_held_against_other_samples(folder):
    tuned = tune(task(), FakeBench(luck=0.5), folder, quiet)

    assert tuned.best == tuned.upstream
    verified = [trial for trial in tuned.trials if trial.phase is Phase.VERIFY]
    assert [trial.good for trial in verified] == [False]


def test_the_same_command_makes_no_trial_twice(folder):
    first = FakeBench()
    one = tune(task(), first, folder, quiet)
    second = FakeBench()

    again = tune(task(), second, folder, quiet)

    assert first.calls
    assert second.calls == []
    assert again.best == one.best
    assert again.trials == one.trials


def test_a_tuning_that_was_stopped_goes_on(folder):
    class Stopped(FakeBench):
        def searched(self, mix):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tune(task(), Stopped(), folder, quiet)
    bench = FakeBench()

    tuned = tune(task(), bench, folder, quiet)

    assert not any(ALL in mix for _, mix in bench.calls)
    assert tuned.best.encodings["sturdy"] == "uint8-gptq-l16"


def test_when_time_is_up_the_best_so_far_is_given(folder):
    ticks = iter(range(1000))

    tuned = tune(
        task(time_limit_seconds=0.0), FakeBench(), folder, quiet, lambda: float(next(ticks))
    )

    assert not tuned.is_finished
    assert tuned.best.encodings == {ALL: "uint8"}


def test_another_budget_needs_another_folder(folder):
    tune(task(), FakeBench(), folder, quiet)

    with pytest.raises(RecordsError, match="its sqnr db differs"):
        tune(task(sqnr_db=20.0), FakeBench(), folder, quiet)


def test_samples_that_can_show_nothing_are_refused(folder):
    class Vague(FakeBench):
        def weighed(self, mix, luck):
            figures = replace(super().weighed(mix, luck).figures, agreement=1.0, agreement_low=0.84)
            return replace(super().weighed(mix, luck), figures=figures)

    estimated = tune(
        task(agreement=0.98, evidence=Evidence.ESTIMATED, time_limit_seconds=0.0),
        Vague(),
        folder / "estimated",
        quiet,
    )
    assert estimated.trials[0].good
    with pytest.raises(DataError, match=r"not even the float32 artifact.*0\.84, below 0\.98"):
        tune(task(agreement=0.98), Vague(), folder, quiet)


def test_a_budget_without_a_figure_is_refused(folder):
    with pytest.raises(RequestError, match="no metric that could drop"):
        tune(task(max_drop=Limit(0.01)), FakeBench(), folder, quiet)

    with pytest.raises(RequestError, match="nothing says what m may lose"):
        tune(task(sqnr_db=None), FakeBench(), folder, quiet)

    bench = FakeBench(reference={"y": np.linspace(0, 1, 20).reshape(20, 1)})
    with pytest.raises(RequestError, match="tell no classes"):
        tune(task(agreement=0.9), bench, folder, quiet)
