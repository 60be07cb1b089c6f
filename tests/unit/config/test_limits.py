from __future__ import annotations

from pathlib import Path

import pytest

from sizewise.config.limits import max_drop
from sizewise.domain import Limit, Location
from sizewise.errors import SuiteError

AT = Location(Path("suite.yaml"), 3)


@pytest.mark.parametrize(
    ("text", "metric", "limit"),
    [
        (None, "accuracy", Limit(0.01)),
        (None, "top5", Limit(0.01)),
        (None, "auc", Limit(0.01)),
        (None, "f1", Limit(0.01)),
        (None, "mean_iou", Limit(0.01)),
        (None, "mae", Limit(0.01, relative=True)),
        (None, "own.metrics:wer", Limit(0.01, relative=True)),
        ("2 pp", "own.metrics:wer", Limit(0.02)),
        ("40", "own.metrics:wer", Limit(40)),
        ("2 pp", "auc", Limit(0.02)),
        (None, "rmse", Limit(0.01, relative=True)),
        ("2 pp", "accuracy", Limit(0.02)),
        ("2 %", "accuracy", Limit(0.02, relative=True)),
        ("0.5", "accuracy", Limit(0.5)),
        ("0", "accuracy", Limit(0)),
        ("2 %", "mae", Limit(0.02, relative=True)),
        ("3", "mae", Limit(3)),
    ],
)
def test_a_limit(text, metric, limit):
    assert max_drop(text, metric, AT) == limit


@pytest.mark.parametrize(
    ("text", "metric", "message"),
    [
        ("2 pp", "mae", "mae has no percentage points to lose"),
        ("2 pp", "rmse", "rmse has no percentage points to lose"),
        ("1", "f1", "a max-drop of 1 lets all of the f1 go; did you mean 1 pp?"),
        ("1", "accuracy", "a max-drop of 1 lets all of the accuracy go; did you mean 1 pp?"),
        ("100 pp", "accuracy", "a max-drop of 100 pp lets all of the accuracy go"),
        ("100 %", "accuracy", "a max-drop of 100 % lets all of the accuracy go"),
    ],
)
def test_a_limit_that_the_metric_cannot_have(text, metric, message):
    with pytest.raises(SuiteError) as raised:
        max_drop(text, metric, AT)
    assert str(raised.value).startswith(f"suite.yaml:3: {message}")
