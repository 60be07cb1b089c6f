"""Pages of tunings and sensitivities."""

import json
import re
from dataclasses import replace

import pytest

from sizewise.analysis import summarise
from sizewise.analysis.recommend import recommend
from sizewise.analysis.tuning import view_of, weights_of
from sizewise.domain.tuning import Evidence, Goal
from sizewise.reports.html import Shown, page, run_page, tuning_page, weights_page
from sizewise.tune import Figures
from support.rows import make_record, make_run
from support.tuned import make_outcome, make_sensitivity, make_trials

EVIL = "<script>alert(1)</script>"
ENTRY = "- name: tuned\n  uint8: [a]\n"


@pytest.fixture(autouse=True)
def no_library(monkeypatch):
    monkeypatch.setattr(page, "vega_bundle", lambda: "window.vegaEmbed = null;")


def shown(title="digits", **changes):
    return Shown(title, view_of(make_outcome(**changes)), ENTRY)


def main_of(html):
    return re.search(r"<main.*?</main>", html, re.DOTALL)[0]


def charts_of(html):
    data = re.search(r'<script type="application/json" id="data">(.*?)<', html)[1]
    return json.loads(data)["charts"]


class TestTuning:
    def test_the_whole_page(self, snapshot):
        assert main_of(tuning_page(shown())).replace("><", ">\n<") == snapshot

    def test_the_answer_comes_first(self):
        html = tuning_page(shown())

        answer = html.index("Ship trial 6: a mix of 3 encodings")
        assert answer < html.index("All trials as pictures") < html.index("<h3>All trials</h3>")
        assert "<dt>brotli</dt><dd>5.83 kB</dd>" in html
        assert "<dt>less than uint8, upstream&#x27;s best</dt><dd>39%</dd>" in html
        assert "<dt>less than float32</dt><dd>83%</dd>" in html
        assert "<dd>+0.1 pp<small> [−0.4, +0.7]</small></dd>" in html
        assert "<dd>99.9 %<small> [99.1, 100.0]</small></dd>" in html
        assert "name: tuned" in html

    def test_pictures_and_tables(self):
        html = tuning_page(shown())

        # Three of trials, one of choices, and one a weight.
        assert len(charts_of(html)) == 3 + 1 + 3
        assert html.count('data-trials="upstream&#x27;s"') == 4
        assert html.count('data-trials="searched"') == 2
        assert html.count('data-budget="not kept"') == 2
        assert html.count("data-weight=") == 7 + 4 + 4

    def test_an_encoding_of_upstreams_can_be_the_best(self):
        html = tuning_page(shown(best=3))

        assert "Ship <code>uint8</code>" in html
        assert "No mix that was tried is smaller and does" in html
        assert "upstream&#x27;s best" not in html

    def test_a_model_without_labels_or_classes(self):
        trials = [replace(each, figures=Figures(719, 33.0)) for each in make_trials()]
        html = tuning_page(shown(trials=tuple(trials), metric=None))

        assert len(charts_of(html)) == 1 + 1 + 3
        assert "interval</dt>" not in html

    def test_without_sensitivities_there_are_trials(self):
        html = tuning_page(shown(sensitivity=None, is_finished=False))

        assert len(charts_of(html)) == 3
        assert "The time limit ended the search" in html
        assert "What each weight can bear" not in html

    def test_estimates_and_notes_are_told(self):
        html = tuning_page(shown(evidence=Evidence.ESTIMATED, notes=("judged on noise",)))

        assert "which by its estimates" in html
        assert "Note: judged on noise." in html

    def test_no_name_is_markup(self):
        outcome = make_outcome(notes=(EVIL,))
        html = tuning_page(Shown(EVIL, view_of(replace(outcome, model=EVIL)), f"- {EVIL}"))

        assert EVIL not in html
        assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;") > 5

    def test_in_the_page_of_a_run(self):
        run = make_run(make_record("net/auto@tfjs"), make_record("net/uint8@tfjs"))
        tunings = {"net": [shown("net/auto@tfjs")]}
        summary, answers = summarise(run), recommend(run)
        html = run_page(summary, answers, tunings=tunings)

        assert html.index("<h2>net</h2>") < html.index("<h2>Tuning of net/auto@tfjs</h2>")
        assert html.count("<h2>How to read a tuning</h2>") == 1
        plain = run_page(summary, answers)
        assert len(charts_of(html)) == len(charts_of(plain)) + 7
        assert "How to read a tuning" not in plain


class TestSensitivities:
    def page(self, maps, metric="accuracy"):
        found = make_sensitivity()
        weights = weights_of(found, Goal.BROTLI)
        return weights_page(
            "digits", metric, weights, goal="brotli", samples=found.samples, maps=maps
        )

    def test_the_whole_page(self, snapshot):
        html = self.page({"For a suite": "- uint8\n"})

        assert main_of(html).replace("><", ">\n<") == snapshot

    def test_panels_a_table_and_maps(self):
        html = self.page({"For a suite": "- uint8\n", EVIL: EVIL})

        assert len(charts_of(html)) == 3
        assert html.count("data-weight=") == 15
        assert "on 512 samples in TensorFlow" in html
        assert "<h3>For a suite</h3><pre><code>- uint8</code></pre>" in html
        assert EVIL not in html

    def test_exact_outputs_sort_as_infinity(self):
        assert 'data-value="Infinity">∞</td>' in self.page({})
