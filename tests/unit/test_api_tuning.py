"""What ``sizewise.tune`` and ``sizewise.sensitivity`` refuse, and what they ask for."""

from pathlib import Path

import numpy as np
import pytest

from sizewise import api_tuning
from sizewise.domain import Limit
from sizewise.domain.tuning import Auto, Evidence, Goal
from sizewise.errors import RecordsError, RequestError

ZOO = {"data": "zoo:digits-cnn", "metric": "accuracy"}


@pytest.fixture
def asked(monkeypatch):
    """Tune and give what was asked for, which is not done."""
    found = []

    def note(single, task, folder, tell):
        found.append((single, task, folder))

    monkeypatch.setattr(api_tuning, "tune_and_report", note)

    def tune(*arguments, **options):
        api_tuning.tune(*arguments, **options)
        return found.pop()

    return tune


def test_arguments_mean_what_they_do_on_the_command_line(asked):
    single, task, folder = asked(
        "zoo:digits-cnn",
        "web/tuned",
        **ZOO,
        max_drop="1 %",
        agreement=0.98,
        sqnr=30,
        evidence="estimated",
        minimize="raw",
        time_limit="2m",
        trials=3,
        seed=7,
    )

    assert task.auto == Auto(
        Limit(0.01, relative=True), 0.98, 30, Goal.RAW, 120.0, 3, 7, Evidence.ESTIMATED
    )
    assert (single.spec.name, folder) == ("digits-cnn", Path("web/tuned"))


def test_without_a_folder_it_is_that_of_the_command_line(asked):
    _, task, folder = asked("zoo:digits-cnn", **ZOO, max_drop=0.02)

    assert folder == Path("results", "tuned", "digits-cnn")
    assert task.auto.max_drop == Limit(0.02)
    assert task.auto.time_limit_seconds == 600.0


def test_samples_can_be_a_path_or_an_entry(asked, tmp_path):
    file = tmp_path / "samples.npz"
    np.savez(file, x=np.zeros((4, 2), np.float32))

    for data in (str(file), file, {"file": file, "limit": 100}):
        single, _, _ = asked("zoo:digits-cnn", data=data, sqnr=30)
        assert single.spec.data.location == str(file)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"sqnr": 30}, "needs samples to be judged on"),
        ({"data": "zoo:digits-cnn"}, "nothing says what digits-cnn may lose"),
        ({"data": "zoo:digits-cnn", "max_drop": "1 pp"}, "has no percentage points to lose"),
        (ZOO | {"max_drop": "much"}, "'much' is no limit"),
        (ZOO | {"agreement": 98}, "an agreement of 98 is no share of 1"),
        (ZOO | {"sqnr": 30, "evidence": "proven"}, "'proven' is no evidence"),
        (ZOO | {"sqnr": 30, "minimize": "gzip"}, "'gzip' is no size to minimize"),
        (ZOO | {"sqnr": 30, "time_limit": "soon"}, "'soon' is no time"),
        (ZOO | {"sqnr": 30, "trials": 0}, "0 trials verify nothing"),
    ],
)
def test_what_cannot_be_meant_is_refused(asked, options, said):
    with pytest.raises(RequestError, match=said):
        asked("zoo:digits-cnn", **options)


def test_sensitivities_need_samples_too():
    with pytest.raises(RequestError, match="needs samples"):
        api_tuning.sensitivity("zoo:digits-cnn")


def test_a_report_that_cannot_be_written_is_told(monkeypatch, tmp_path):
    from support.tuned import make_outcome

    class Made:
        tuned, view, entry = make_outcome().tuned, None, ""

    (tmp_path / "file").write_text("")
    monkeypatch.setattr(api_tuning, "tune_model", lambda *_: Made)
    monkeypatch.setattr(api_tuning, "tuning_page", lambda _: "")
    single = api_tuning.single_model("zoo:digits-cnn", **ZOO)

    with pytest.raises(RecordsError, match="cannot write"):
        api_tuning.tune_and_report(single, None, tmp_path / "file", print)
