"""Pictures as Vega-Lite specifications: pure functions from verdicts to JSON.

``pareto`` draws size against drift, ``parts`` where the bytes are, ``layers`` in which layers,
``history`` a figure over time; ``trials``, ``choices`` and ``weights`` a tuning; ``theme`` holds
their colours, and ``render`` makes files of them without a browser.
"""

from sizewise.reports.pictures.choices import choices_caption, choices_spec
from sizewise.reports.pictures.history import history_spec
from sizewise.reports.pictures.layers import layers_caption, layers_spec
from sizewise.reports.pictures.pareto import pareto_spec
from sizewise.reports.pictures.parts import parts_spec
from sizewise.reports.pictures.render import Form, draw, pictures
from sizewise.reports.pictures.theme import DARK, LIGHT, Palette, config
from sizewise.reports.pictures.trials import trials_spec
from sizewise.reports.pictures.weights import weight_specs, weights_picture

__all__ = [
    "DARK",
    "LIGHT",
    "Form",
    "Palette",
    "choices_caption",
    "choices_spec",
    "config",
    "draw",
    "history_spec",
    "layers_caption",
    "layers_spec",
    "pareto_spec",
    "parts_spec",
    "pictures",
    "trials_spec",
    "weight_specs",
    "weights_picture",
]
