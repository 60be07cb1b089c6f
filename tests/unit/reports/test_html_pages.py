import base64
import hashlib
import json
import re

import pytest

from sizewise.analysis import summarise
from sizewise.analysis.layers import by_layer
from sizewise.analysis.recommend import recommend
from sizewise.analysis.trend import watch
from sizewise.records.history import History
from sizewise.reports.columns import COLUMNS
from sizewise.reports.html import bundle, page, run_page, trend_page
from support.layers import kept_tensors, make_tensor
from support.nights import make_history
from support.rows import make_compressed, make_failure, make_record, make_run, make_showcase

EVIL = "<script>alert(1)</script>"
IMAGE = "<img src=x onerror=alert(1)>"
NO_LIBRARY = "window.vegaEmbed = null;"


@pytest.fixture
def no_library(monkeypatch):
    monkeypatch.setattr(page, "vega_bundle", lambda: NO_LIBRARY)


def page_of(run, budgets=()):
    return run_page(summarise(run), recommend(run), budgets)


def page_by_layer(run, read):
    summary = summarise(run)
    layers = {model.name: by_layer(model, read) for model in summary.models}
    return run_page(summary, recommend(run), layers=layers)


def evil_run():
    names = {"model": EVIL, "transform": EVIL, "encoding": EVIL, "runtime": EVIL, "notes": (EVIL,)}
    row = make_record(job_id="net/uint8@tfjs", **names)
    failure = make_failure("net/float16@tfjs", reason=EVIL)
    return make_run(row, failure)


def scripts_of(html):
    return re.findall(r"<script>(.*?)</script>", html, re.DOTALL)


def data_of(html):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)<', html)[1])


@pytest.mark.usefixtures("no_library")
class TestRun:
    def test_the_answer_comes_first(self):
        html = page_of(make_showcase())
        verdict = html.index("Ship <code>uint8@tfjs</code>")
        assert html.index("<h2>kws</h2>") < verdict < html.index("<h3>All variants</h3>")
        assert "<dd>22.6 kB</dd>" in html
        assert "<dd>4.34×</dd>" in html
        assert "<dd>−0.2 pp<small> [−0.7, +0.3]</small></dd>" in html
        assert "of 1.0 pp." in html
        assert "For tflite: <code>int8@tflite</code>, 27.0 kB brotli." in html

    def test_every_model_has_its_parts(self):
        html = page_of(make_showcase())
        assert html.count('class="variants"') == 4
        # Two pictures each for two models; one has no losses, one has nothing.
        assert len(data_of(html)["charts"]) == html.count("data-chart=") == 5
        assert "nonfinite: output y holds NaN [bold]" in html
        assert "calibrated on samples that it is also judged on" in html
        assert "Pruning alone shrinks only the compressed size" in html
        assert "<dt>tensorflow</dt><dd>2.19.0</dd>" in html
        assert all(f"<dt>{column.name}</dt>" in html for column in COLUMNS)
        assert "The run was interrupted." in html

    def test_each_artifact_to_ship_has_its_layers(self):
        html = page_by_layer(make_showcase(), kept_tensors)
        titles = re.findall(r"<strong>Where the bytes are, by layer: ([^<]*)</strong>", html)
        assert titles[:2] == ["uint8@tfjs", "int8@tflite"]
        assert "The 10 largest layers: their weights as stored" in html
        (bars, *_) = [spec for spec in data_of(html)["charts"] if "others" in json.dumps(spec)]
        assert bars["data"]["values"][0]["text"] == "1.40 kB · 13 %"

    def test_no_layer_is_markup(self):
        run = make_run(make_record())
        html = page_by_layer(run, lambda record: [make_tensor(f"{IMAGE}/kernel", 9)])
        assert IMAGE not in html
        assert IMAGE in json.dumps(data_of(html)["charts"])

    def test_the_table_can_be_sorted_by_what_was_measured(self):
        html = page_of(make_showcase())
        assert 'data-value="22564">22.6 kB</td>' in html
        assert 'data-value="">–</td>' in html

    def test_what_was_found_in_the_bytes(self):
        html = page_of(make_compressed())
        assert '<th scope="row" title="prune80ft3: 1 of 5 kernels have less than' in html
        assert "⚑ prune80ft3: 1 of 5 kernels have less than 79.0 % zeros" in html
        for figure in ("80.0", "201", "99.8", "8.00", "2.91", "31.40 s"):
            assert f">{figure}</td>" in html
        for name in ("zeros", "distinct", "quantized", "bits a weight", "training", "⚑"):
            assert f"<dt>{name}</dt>" in html
        plain = page_of(make_run(make_record()))
        assert "<dt>zeros</dt>" not in plain
        assert "Pruning alone" not in plain

    def test_a_model_without_labels_is_compared_by_agreement(self):
        html = page_of(make_compressed())
        assert "No labels: agreement with the untouched model and drift" in html
        assert ">98.8 [96.6, 99.6]</td>" in html
        assert "There are no labels to judge the variants by: pass --min-agreement" in html
        assert "judged on seeded noise, not on data" in html
        pareto = data_of(html)["charts"][2]
        assert "samples that disagree" in json.dumps(pareto)

    def test_a_run_without_rows(self):
        html = run_page(summarise(make_run(job_ids=["net/uint8@tfjs"])), ())
        assert "Jobs without a row: 1 of 1." in html
        assert data_of(html)["charts"] == []

    def test_no_name_is_markup(self):
        html = page_of(evil_run())
        assert EVIL not in html
        assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;") > 8
        assert len(scripts_of(html)) == 2
        (pareto, _) = data_of(html)["charts"]
        assert pareto["data"]["values"][0]["transform"] == EVIL

    def test_only_what_is_in_the_page_may_run(self):
        html = page_of(make_showcase())
        policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]
        policy = policy.replace("&#x27;", "'")
        allowed = set(re.findall(r"'(sha256-[^']*)'", policy))
        style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)[1]
        assert allowed == {digest(text) for text in [style, *scripts_of(html)]}
        assert policy.startswith("default-src 'none'; ")
        assert "unsafe" not in policy

    def test_nothing_is_fetched(self):
        html = page_of(make_showcase())
        assert not re.findall(r"""\s(?:src|href)=["'](?!#)|url\(|@import|https?:""", html)


def digest(text):
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@pytest.mark.usefixtures("no_library")
class TestTrend:
    def test_changes_and_every_series(self):
        history = make_history()
        html = trend_page(watch(history.runs), history)
        assert "+3.0 %" in html
        data = data_of(html)
        assert len(data["page"]["runs"]) == 30
        (changed,) = data["page"]["changed"]
        series = data["page"]["series"][changed]
        assert (series["job"], series["figure"]) == ("kws/uint8@tfjs", "brotli")
        assert [change["text"] for change in series["changes"]] == ["+3.0 %"]
        assert series["changes"][0]["place"] == 20
        assert series["levels"] == [
            {"from": 0, "to": 19, "old": 22564, "new": 22564},
            {"from": 20, "to": 29, "old": 23240, "new": 23240},
        ]
        assert data["charts"][series["chart"]]["layer"]

    def test_no_name_is_markup(self):
        history = make_history(3)
        rows = [make_record(runtime=EVIL), make_record(runtime="other")]
        run = make_run(*rows)
        html = trend_page(watch([run, *history.runs]), history)
        assert EVIL not in html
        assert any(EVIL in one["job"] for one in data_of(html)["page"]["series"])

    def test_no_history(self):
        html = trend_page(watch([]), History((), (), ()))
        assert "Nothing changed." in html


class TestBundle:
    def test_the_page_is_small_and_the_library_is_in_it_once(self):
        run = make_run(make_record())
        html = page_of(run)
        assert len(html.encode()) <= 1_500_000
        assert html.count("window.vegaEmbed=") + html.count("window.vegaEmbed =") == 1
        assert len(scripts_of(html)) == 2

    def test_the_library_is_kept(self, monkeypatch):
        monkeypatch.setattr(bundle, "_made", lambda: "first")
        assert bundle.vega_bundle() == "first"
        monkeypatch.setattr(bundle, "_made", lambda: "second")
        assert bundle.vega_bundle() == "first"

    def test_a_cache_that_cannot_be_written_is_no_error(self, monkeypatch, tmp_path):
        (tmp_path / "file").write_text("")
        monkeypatch.setenv("SIZEWISE_CACHE", str(tmp_path / "file"))
        monkeypatch.setattr(bundle, "_made", lambda: "made")
        assert bundle.vega_bundle() == "made"
