"""The pages in a real browser: they draw, sort, filter, fetch nothing, and names are text."""

import os
import re
import shutil

import pytest

from sizewise.analysis import summarise
from sizewise.analysis.layers import by_layer
from sizewise.analysis.recommend import recommend
from sizewise.analysis.trend import watch
from sizewise.analysis.tuning import view_of
from sizewise.reports.html import Shown, run_page, trend_page, tuning_page
from support.layers import kept_tensors, make_tensor
from support.nights import make_history
from support.rows import make_record, make_run, make_showcase
from support.tuned import make_outcome

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

EVIL = "<script>alert(1)</script>"
IMAGE = "<img src=x onerror=alert(1)>"
POINTS = ".mark-symbol path[aria-roledescription='point']"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


@pytest.fixture(scope="module")
def browser():
    named = os.environ.get("SIZEWISE_CHROMIUM")
    found = named or next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip("no Chromium or Chrome is installed: set SIZEWISE_CHROMIUM to one")
    with sync_api.sync_playwright() as playwright:
        # Containers run as root, for whom Chromium's sandbox does not work.
        started = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def opened(browser, tmp_path):
    """Open a page from a file; fails afterwards for any complaint, dialogue or request."""
    contexts, trouble = [], []

    def watch_page(page, url):
        page.on("console", lambda message: trouble.append(message.text))
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("dialog", lambda dialog: trouble.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: request.url != url and trouble.append(request.url))

    def open_page(html, *, scheme="light", width=1240):
        file = tmp_path / "report.html"
        file.write_text(html, encoding="utf-8")
        context = browser.new_context(
            color_scheme=scheme,
            viewport={"width": width, "height": 900},
            offline=True,
            permissions=["clipboard-read", "clipboard-write"],
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        watch_page(page, file.as_uri())
        page.goto(file.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert trouble == []


@pytest.fixture(scope="module")
def showcase():
    return page_by_layer(make_showcase(), kept_tensors)


@pytest.fixture(scope="module")
def history():
    found = make_history()
    return trend_page(watch(found.runs), found)


@pytest.fixture(scope="module")
def tuning():
    return tuning_page(Shown("digits", view_of(make_outcome()), "- name: tuned\n"))


def page_by_layer(run, read):
    summary = summarise(run)
    layers = {model.name: by_layer(model, read) for model in summary.models}
    return run_page(summary, recommend(run), layers=layers)


def drawn(page, place=0):
    """The drawn chart with this place, in view."""
    chart = page.locator(".chart").nth(place)
    chart.scroll_into_view_if_needed()
    page.wait_for_function(
        "place => document.querySelectorAll('.chart')[place].dataset.drawn", arg=place
    )
    return chart


def hovered(page, mark):
    """What the tooltip says when the pointer is on the middle of a mark."""
    mark.scroll_into_view_if_needed()
    box = mark.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.locator("#tooltip").wait_for(state="visible")
    return page.locator("#tooltip").inner_text()


def column(page, number, section=0):
    """The texts of a column as they are shown, from the top."""
    rows = page.locator(".variants").nth(section).locator("tbody tr:visible")
    return [row.locator("th, td").nth(number).inner_text() for row in rows.all()]


def luminance(page, element="html"):
    colour = page.evaluate(
        "name => getComputedStyle(document.querySelector(name)).backgroundColor", element
    )
    red, green, blue = map(int, re.findall(r"\d+", colour)[:3])
    return (red + green + blue) / 3


class TestCharts:
    def test_every_variant_is_a_mark(self, opened, showcase):
        chart = drawn(opened(showcase))
        points = chart.locator(POINTS)
        # Seven variants, and the ring around the one to ship.
        assert points.count() == 8
        assert chart.locator("text", has_text="ship uint8@tfjs").count() == 2
        assert chart.locator(".mark-rule line").count() >= 8

    def test_bars_are_drawn(self, opened, showcase):
        chart = drawn(opened(showcase), 1)
        assert chart.locator(".mark-rect path[aria-roledescription='bar']").count() >= 7

    def test_layers_are_drawn_over_their_float32(self, opened, showcase):
        page = opened(showcase)
        chart = drawn(page, 2)
        bars = chart.locator(".mark-rect path[aria-roledescription='bar']")
        # Ten layers and the sum of four, each in float32 and as it is shipped.
        assert bars.count() == 22
        widths = [bars.nth(place).bounding_box()["width"] for place in (0, 11)]
        assert widths[0] == pytest.approx(4 * widths[1], rel=0.02)
        assert chart.locator("text", has_text="block_14").count() == 1
        assert chart.locator("text", has_text="1.40 kB · 13 %").count() == 1
        text = hovered(page, bars.nth(11))
        assert "13 % of the weights" in text
        assert "5.60 kB, 4.00× as much" in text

    def test_hovering_tells_about_a_variant(self, opened, showcase):
        page = opened(showcase)
        # The ring around the variant to ship, drawn first.
        text = hovered(page, drawn(page).locator(POINTS).first)
        assert "uint8@tfjs" in text
        assert "22.6 kB" in text
        assert "smallest within the limit" in text

    def test_charts_fit_a_phone(self, opened, showcase):
        page = opened(showcase, width=360)
        chart = drawn(page)
        assert chart.locator("svg").bounding_box()["width"] <= 360
        assert page.evaluate("document.documentElement.scrollWidth") == 360


class TestTable:
    def test_sorting_by_click_and_by_key(self, opened, showcase):
        page = opened(showcase)
        heading = page.locator(".variants").first.get_by_role("button", name="brotli")
        heading.click()
        sizes = column(page, 5)
        assert sizes[:3] == ["12.6 kB", "18.6 kB", "22.6 kB"]
        assert sizes[-2:] == ["–", "–"]
        header = page.locator(".variants").first.locator("th[aria-sort]")
        assert header.get_attribute("aria-sort") == "ascending"
        heading.press("Enter")
        assert column(page, 5)[:2] == ["98.0 kB", "97.0 kB"]
        assert column(page, 5)[-2:] == ["–", "–"]
        assert header.get_attribute("aria-sort") == "descending"

    def test_sorting_by_text(self, opened, showcase):
        page = opened(showcase)
        page.locator(".variants").first.get_by_role("button", name="encoding").click()
        names = column(page, 1)
        assert names[0] == "float16"
        assert names == sorted(names, key=lambda name: (name.rstrip("0123456789"), len(name)))

    def test_filtering(self, opened, showcase):
        page = opened(showcase)
        tools = page.locator(".variants").first
        tools.get_by_label("Filter").fill("uint8 prune")
        assert column(page, 1) == ["uint8", "uint8"]
        assert tools.get_by_role("status").inner_text() == "2 of 9"
        tools.get_by_label("Filter").fill("")
        tools.get_by_role("combobox", name="Target").select_option("tflite")
        tools.get_by_role("combobox", name="Transform").select_option("none")
        assert column(page, 1) == ["float32", "int8"]

    def test_copying_takes_what_is_shown(self, opened, showcase):
        page = opened(showcase)
        tools = page.locator(".variants").first
        tools.get_by_role("combobox", name="Target").select_option("tflite")
        tools.get_by_role("button", name="Copy as TSV").click()
        tools.get_by_role("button", name="Copied").wait_for()
        lines = page.evaluate("navigator.clipboard.readText()").splitlines()
        assert len(lines) == 4
        assert lines[0].split("\t")[1:4] == ["encoding", "transform", "target"]
        assert lines[2].split("\t")[:6] == ["☆", "int8", "none", "tflite", "38.3 kB", "27.0 kB"]
        tools.get_by_role("button", name="Copy as Markdown").click()
        page.wait_for_function("navigator.clipboard.readText().then(text => text[0] == '|')")
        assert page.evaluate("navigator.clipboard.readText()").count("\n") == 5


class TestThemes:
    def test_the_system_is_followed_and_the_switch_wins(self, opened, showcase):
        page = opened(showcase, scheme="dark")
        drawn(page)
        assert luminance(page) < 40
        before = axis_colour(page)
        page.get_by_role("button", name="Light theme").click()
        page.wait_for_function("document.querySelector('.chart').dataset.drawn == '2'")
        assert luminance(page) > 215
        assert axis_colour(page) != before
        assert page.locator(".chart").first.locator("svg").count() == 1

    def test_light_is_light(self, opened, showcase):
        assert luminance(opened(showcase)) > 215


def axis_colour(page):
    return page.locator(".chart").first.locator(".role-axis-label text").first.get_attribute("fill")


class TestNames:
    def test_a_script_is_text_everywhere(self, opened):
        names = dict.fromkeys(["model", "transform", "encoding", "runtime"], EVIL)
        run = make_run(make_record("net/uint8@tfjs", **names, notes=(EVIL,)))
        page = opened(page_by_layer(run, lambda _: [make_tensor(f"{IMAGE}/kernel", 9)]))
        drawn(page)
        drawn(page, 1)
        assert drawn(page, 2).locator("text", has_text=IMAGE).count() == 1
        assert page.locator("h2").first.inner_text() == EVIL
        assert page.evaluate("[...document.scripts].filter(s => s.text == 'alert(1)').length") == 0
        assert page.locator(".chart").nth(1).locator("text", has_text=EVIL).count() >= 1
        assert EVIL in hovered(page, page.locator(POINTS).first)

    def test_a_script_is_text_in_a_history(self, opened):
        history = make_history(12, ("kws/uint8@tfjs",))
        rows = [make_record(runtime=EVIL), make_record(runtime="other")]
        page = opened(trend_page(watch([make_run(*rows), *history.runs]), history))
        drawn(page)
        page.get_by_role("combobox", name="Job").select_option(label=f"net/float32@tfjs in {EVIL}")
        page.wait_for_function("document.querySelector('#chosen').dataset.drawn > 1")


class TestTrend:
    def test_changed_series_are_drawn_with_their_change(self, opened, history):
        page = opened(history)
        chosen = drawn(page)
        assert chosen.locator(POINTS).count() == 30
        changed = drawn(page, 1)
        assert changed.locator("text", has_text="+3.0 %").count() == 1

    def test_any_series_can_be_chosen(self, opened, history):
        page = opened(history)
        chosen = drawn(page)
        page.get_by_role("combobox", name="Job").select_option(label="kws/int8@tflite")
        page.get_by_role("combobox", name="Figure").select_option(index=0)
        label = chosen.get_attribute("aria-label")
        assert label == "raw of kws/int8@tflite, run by run"

    def test_hovering_tells_all_of_a_night(self, opened, history):
        page = opened(history)
        text = hovered(page, drawn(page).locator(POINTS).nth(20))
        assert "23.2 kB" in text
        assert "conversion" in text
        assert "20261211" in text


class TestTuning:
    def test_trials_choices_and_weights_are_drawn(self, opened, tuning):
        page = opened(tuning)
        trials, noise = drawn(page, 0), drawn(page, 2)
        # Eight trials, and the ring around the best.
        assert trials.locator(POINTS).count() == noise.locator(POINTS).count() == 9
        # A ground, and the name on it.
        assert trials.locator("text", has_text="best: 6").count() == 2
        assert trials.locator("text", has_text="may drop 1.0 pp").count() == 1
        bars = drawn(page, 3).locator(".mark-rect path[aria-roledescription='bar']")
        widths = [bars.nth(place).bounding_box()["width"] for place in (0, 3)]
        assert widths[0] / widths[1] == pytest.approx(28_352 / 3_312, rel=0.02)
        # Six encodings that are not exact, and the ring around the chosen one.
        assert drawn(page, 4).locator(POINTS).count() == 7
        text = hovered(page, trials.locator(POINTS).first)
        assert "6: uint8-gptq (2), uint8-gptq-l8 (1), uint8 (1)" in text
        assert "kept" in text

    def test_trials_are_sorted_and_filtered(self, opened, tuning):
        page = opened(tuning)
        table = page.locator(".variants").nth(1)
        table.get_by_role("button", name="SQNR").click()
        assert column(page, 0, 1)[0] == "4"
        table.locator("select[name=trials]").select_option("verified")
        assert column(page, 0, 1) == ["7", "6"]

    def test_it_fits_a_phone(self, opened, tuning):
        page = opened(tuning, width=360)
        for place in range(7):
            assert drawn(page, place).locator("svg").bounding_box()["width"] <= 360
        assert page.evaluate("document.documentElement.scrollWidth") == 360
