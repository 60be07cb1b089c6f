import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from sizewise.analysis import summarise
from sizewise.reports.columns import COLUMNS
from sizewise.reports.markdown import escaped, report
from sizewise.reports.text import one_line
from support.rows import make_compressed, make_failure, make_record, make_run, make_showcase

PARSER = MarkdownIt("commonmark").enable("table")


def plain_text(markdown):
    """What a reader sees of Markdown that is one run of text; fails where it is more."""
    text = ""
    for token in PARSER.parseInline(markdown)[0].children:
        assert token.type in {"text", "text_special"}, token
        text += token.content
    return text


def tables_of(markdown):
    """The cells of every table, as rows of text."""
    tables = []
    for token in PARSER.parse(markdown):
        if token.type == "table_open":
            tables.append([])
        elif token.type == "tr_open":
            tables[-1].append([])
        elif token.type == "inline" and tables and token.level > 3:
            tables[-1][-1].append("".join(child.content for child in token.children))
    return tables


def test_the_whole_report(snapshot):
    assert report(summarise(make_showcase())) == snapshot


def test_every_row_has_every_cell():
    run = make_showcase()
    *models, environment = tables_of(report(summarise(run)))
    assert [len(rows) - 1 for rows in models] == [9, 3, 1, 1]
    # Of the model without labels, agreement stands for metric and drop.
    for rows, lacking in zip(models, (0, 0, 2, 0), strict=True):
        assert {len(row) for row in rows} == {len(COLUMNS) + 2 - lacking}
    assert ["tensorflow", "2.19.0"] in environment


def test_paths_are_relative_to_the_report():
    assert "in artifacts/kws/uint8@tfjs" in report(summarise(make_showcase()))


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"])))
def test_any_text_is_shown_as_it_is(text):
    assert plain_text(escaped(text)) == one_line(text)


@pytest.mark.parametrize(
    "text", ["a|b", "<script>", "*x*", "_x_", "`x`", "[x](y)", "&amp;", "~~x~~"]
)
def test_no_text_becomes_markup(text):
    run = make_run(make_record(notes=(text,)), make_failure("net/uint8@tfjs", reason=text))
    (table, _) = tables_of(report(summarise(run)))
    assert [len(row) for row in table] == [len(COLUMNS) + 2] * 3
    assert plain_text(escaped(text)) == text


def test_names_with_underscores_stay_readable():
    assert escaped("dynamic_int8") == "dynamic_int8"


def test_transforms_flags_training_and_a_model_without_labels(snapshot):
    assert report(summarise(make_compressed())) == snapshot


def test_what_pruning_does_not_do_is_told_where_there_are_transforms():
    text = report(summarise(make_run(make_record("net/prune50/uint8@tfjs"))))
    assert "Pruning alone shrinks only the compressed size" in text
    assert "None of this makes TensorFlow.js faster by itself" in text
    assert "Pruning alone" not in report(summarise(make_run(make_record())))
