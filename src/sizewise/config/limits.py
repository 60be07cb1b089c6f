"""How much of its metric a model may lose."""

from __future__ import annotations

from sizewise.domain import METRICS, SHARE_METRICS, Limit, Location
from sizewise.errors import SuiteError
from sizewise.units import parse_share

_ONE_PERCENT = 0.01


def max_drop(text: str | None, metric: str, at: Location) -> Limit:
    """The limit that ``text`` states for ``metric``; None stands for the metric's own default:
    1 percentage point of a share such as accuracy, 1 % of the reference for others.

    Raises SuiteError for a limit that the metric cannot have: percentage points of what is no
    share, or all of a share. What a function of the user's own measures is not known.
    """
    if text is None:
        return Limit(_ONE_PERCENT, relative=metric not in SHARE_METRICS)
    value, relative = parse_share(text)
    if metric in METRICS and metric not in SHARE_METRICS and text.rstrip().endswith("pp"):
        raise SuiteError(
            f"{metric} has no percentage points to lose: max-drop is {text!r}",
            where=at,
            advice=f"give the model a max-drop of its own: {text.replace('pp', '%')} "
            f"of the reference, or a number in the unit of {metric}",
        )
    if metric in SHARE_METRICS and value >= 1:
        raise SuiteError(
            f"a max-drop of {text} lets all of the {metric} go",
            where=at,
            advice=f"did you mean {text.strip()} pp?"
            if not relative and "pp" not in text
            else None,
        )
    return Limit(value, relative)
