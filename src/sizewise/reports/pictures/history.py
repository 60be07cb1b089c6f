"""One figure of one job, run by run, with what happened in it."""

from __future__ import annotations

from sizewise.analysis.figures import DROP, Figure, Unit
from sizewise.reports.pictures.axes import BYTES_LABEL, NO_OVERLAP
from sizewise.reports.pictures.theme import Spec
from sizewise.reports.scale import Scale

_SECONDS_LABEL = (
    "datum.value == 0 ? '0' : abs(datum.value) < 0.001 ? "
    "format(datum.value * 1000000, '~r') + ' µs' : abs(datum.value) < 1 ? "
    "format(datum.value * 1000, '~r') + ' ms' : format(datum.value, '~r') + ' s'"
)
_LABELS = {
    Unit.BYTES: BYTES_LABEL,
    Unit.SECONDS: _SECONDS_LABEL,
    Unit.SHARE: "format(datum.value * 100, '~r') + ' %'",
    Unit.DECIBELS: "format(datum.value, '~r') + ' dB'",
}


def history_spec(figure: Figure, metric: str | None) -> Spec:
    """A line for a figure, without its data, which go into three data sets by name:

    - ``nights``: ``time``, ``value``, and ``hover``, an object of texts that a tooltip shows;
    - ``levels``: ``from``, ``to`` (times), ``old``, ``new`` (values): a level between two
      changes, or a drift;
    - ``changes``: ``time``, ``from``, ``to``, ``text``, ``kind`` (worse or better) and
      ``step``, which is false for a drift.
    """
    days = {"title": None, "grid": False, "format": "%-d %b", "tickCount": 8} | NO_OVERLAP
    time = {"type": "temporal", "axis": days}
    value = {
        "type": "quantitative",
        "scale": {"zero": False, "nice": True},
        "axis": {"title": None, "tickCount": 5, "labelExpr": _label(figure, metric)},
    }
    return {
        "height": 220,
        "layer": [
            _range_layer(time),
            *(_change_layer(kind, time) for kind in ("worse", "better")),
            _levels_layer(time, value),
            _line_layer("line", "history", time, value),
            _line_layer("point", "night", time, value),
            *(_label_layer(kind, time) for kind in ("worse", "better")),
        ],
    }


def _label(figure: Figure, metric: str | None) -> str:
    if figure.unit is not Unit.METRIC:
        return _LABELS[figure.unit]
    scale = Scale.of(metric, None, None)
    unit = scale.drop_unit if figure is DROP else scale.unit
    return f"format(datum.value * {scale.factor}, '~r')" + (f" + ' {unit}'" if unit else "")


def _range_layer(time: Spec) -> Spec:
    """The runs that a change may have happened at."""
    return {
        "data": {"name": "changes"},
        "transform": [{"filter": "datum.step"}],
        "mark": {"type": "rect", "style": "range"},
        "encoding": {"x": {"field": "from"} | time, "x2": {"field": "to"}},
    }


def _change_layer(kind: str, time: Spec) -> Spec:
    return {
        "data": {"name": "changes"},
        "transform": [{"filter": f"datum.kind == '{kind}' && datum.step"}],
        "mark": {"type": "rule", "style": kind},
        "encoding": {"x": {"field": "time"} | time},
    }


def _label_layer(kind: str, time: Spec) -> Spec:
    label = {"type": "text", "style": f"{kind}-label", "align": "right", "dx": -5, "dy": 7}
    return {
        "data": {"name": "changes"},
        "transform": [{"filter": f"datum.kind == '{kind}'"}],
        "mark": label,
        "encoding": {
            "x": {"field": "time"} | time,
            "y": {"value": 0},
            "text": {"field": "text", "type": "nominal"},
        },
    }


def _levels_layer(time: Spec, value: Spec) -> Spec:
    return {
        "data": {"name": "levels"},
        "mark": {"type": "rule", "style": "level"},
        "encoding": {
            "x": {"field": "from"} | time,
            "x2": {"field": "to"},
            "y": {"field": "old"} | value,
            "y2": {"field": "new"},
        },
    }


def _line_layer(kind: str, style: str, time: Spec, value: Spec) -> Spec:
    mark: Spec = {"type": kind, "style": style}
    if kind == "point":
        mark |= {"tooltip": {"expr": "datum.hover"}, "filled": True}
    return {
        "data": {"name": "nights"},
        "mark": mark,
        "encoding": {"x": {"field": "time"} | time, "y": {"field": "value"} | value},
    }
