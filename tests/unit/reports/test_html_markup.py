import json
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sizewise.reports.html.markup import Markup, data_script, element, joined

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]))


class Reader(HTMLParser):
    """What a browser makes of it: tags, attributes and text."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.text = [], {}, ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes |= dict(attrs)

    def handle_data(self, data):
        self.text += data


@given(TEXT)
def test_any_text_is_shown_as_it_is(text):
    read = Reader(element("p", text, title=text))
    assert read.tags == ["p"]
    assert read.text == text
    assert read.attributes["title"] == text


def test_markup_stays_what_it_is():
    assert element("p", element("b", "a & b"), " < c") == "<p><b>a &amp; b</b> &lt; c</p>"
    assert joined(["<", Markup("<br>")], ", ") == "&lt;, <br>"


def test_attributes():
    written = element("input", class_="a b", aria_label="x", hidden=True, disabled=False, id=None)
    assert written == '<input class="a b" aria-label="x" hidden>'


@given(TEXT)
def test_data_holds_any_text(text):
    script = data_script({text: [text]}, id_="data")
    opening, closing = '<script type="application/json" id="data">', "</script>"
    body = script.removeprefix(opening).removesuffix(closing)
    assert len(body) + len(opening) + len(closing) == len(script)
    assert json.loads(body) == {text: [text]}
    assert not set("<>&\u2028\u2029") & set(body)


@pytest.mark.parametrize("text", ["</script>", "<!--<script>", "]]>", "\u2028"])
def test_data_never_ends_the_script(text):
    script = data_script(text, id_="data")
    assert script.count("</script>") == 1
    assert "<!--" not in script


def test_data_is_strict_json():
    with pytest.raises(ValueError, match="JSON compliant"):
        data_script(float("nan"), id_="data")
