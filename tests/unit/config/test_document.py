from __future__ import annotations

from pathlib import Path

import pytest

from sizewise.config.document import MAX_BYTES, parse, read_text
from sizewise.domain import Location
from sizewise.errors import SuiteError

FILE = Path("suite.yaml")


def value_of(text, **variables):
    document, mistakes = parse(text, FILE, variables)
    assert mistakes == []
    return document.value


def mistakes_in(text):
    return [str(mistake) for mistake in parse(text, FILE, {})[1]]


def refusal_of(text):
    with pytest.raises(SuiteError) as raised:
        parse(text, FILE, {})
    return str(raised.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a", "a"),
        ("12", 12),
        ("-3", -3),
        ("0.5", 0.5),
        ("1e-3", 0.001),
        (".5", 0.5),
        ("true", True),
        ("null", None),
        ("~", None),
        ("'12'", "12"),
        ('"true"', "true"),
        ("''", ""),
        ("|\n  12", "12"),
        # Text, whatever YAML 1.1 took it for.
        ("yes", "yes"),
        ("off", "off"),
        ("1:30", "1:30"),
        ("0x10", "0x10"),
        ("2024-01-01", "2024-01-01"),
        (".inf", ".inf"),
        pytest.param("1" * 5000, "1" * 5000, id="5000 digits"),
        ("1.5.2", "1.5.2"),
    ],
)
def test_a_single_value(text, value):
    found = value_of(f"- {text}")[0]
    assert found == value
    assert type(found) is type(value)


def test_an_empty_text_has_no_value():
    assert value_of("") is None
    assert value_of("# nothing\n") is None


def test_keys_are_text_even_where_they_look_like_numbers():
    assert value_of("{1: a, no: b, null: c}") == {"1": "a", "no": "b", "null": "c"}


def test_every_value_knows_its_line():
    text = "a: 1\nb:\n  c:\n    d\n  e:\n    - 5\n    - f: 6\n      g: [7,\n          8]\n"
    document, _ = parse(text, FILE, {})
    assert document.value == {"a": 1, "b": {"c": "d", "e": [5, {"f": 6, "g": [7, 8]}]}}
    assert document.lines == {
        (): 1,
        ("a",): 1,
        ("b",): 2,
        ("b", "c"): 4,
        ("b", "e"): 5,
        ("b", "e", 0): 6,
        ("b", "e", 1): 7,
        ("b", "e", 1, "f"): 7,
        ("b", "e", 1, "g"): 8,
        ("b", "e", 1, "g", 0): 8,
        ("b", "e", 1, "g", 1): 9,
    }
    assert document.at(("b", "c")) == Location(FILE, 4)
    assert document.keys(("b",)) == ["c", "e"]


def test_steps_that_lead_nowhere_are_left_out_of_a_path():
    document, _ = parse("a: {b: [1]}", FILE, {})
    assert document.path_of(("a", "<mapping>", "b", 0, "[key]")) == ("a", "b", 0)
    assert document.path_of(("a", "missing")) == ("a",)


def test_variables_are_expanded_in_values_and_stay_text():
    text = 'a: ${N}\nb: "${N}"\nc: x/${N}\n${N}: d\n'
    assert value_of(text, N="1") == {"a": "1", "b": "1", "c": "x/1", "${N}": "d"}


def test_an_unset_variable_is_told_once():
    assert mistakes_in("a: ${NO}\nb: ${NO}\nc: ${NEITHER}") == [
        "suite.yaml:1: variable 'NO' is not set; set NO or pass -D NO=VALUE",
        "suite.yaml:3: variable 'NEITHER' is not set; set NEITHER or pass -D NEITHER=VALUE",
    ]


def test_a_key_written_twice():
    assert mistakes_in("a:\n  b: 1\n  c: 2\n  b: 3\n") == [
        "suite.yaml:4: key 'b' is written twice; the first is in line 2"
    ]


@pytest.mark.parametrize(
    ("escape", "code"), [("\\0", "U+0000"), ("\\e", "U+001B"), ("\\n", "U+000A")]
)
def test_unprintable_text_is_refused(escape, code):
    text = f'a: 1\nb: "x{escape}y"'
    assert mistakes_in(text) == [f"suite.yaml:2: the text has an unprintable character, {code}"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &x 1\nb: *x", "suite.yaml:1: anchors and aliases are not supported"),
        ("a: 1\nb: *x", "suite.yaml:2: anchors and aliases are not supported"),
        ("&x a: 1", "suite.yaml:1: a key must be plain text"),
        ("a: 1\n[b]: 1", "suite.yaml:2: a key must be plain text"),
        ("a: !!python/object/apply:os.system [ls]", "suite.yaml:1: tags are not supported"),
        ("a: !x {}", "suite.yaml:1: tags are not supported"),
        ("a: 1\n---\nb: 1", "suite.yaml:2: a second document starts here"),
        ("[" * 100_000, "suite.yaml:1: this is nested more than 16 levels deep"),
        ("a: 1\nb: \x01", "suite.yaml:2: no valid YAML: character U+0001 is not allowed"),
        ("a: 1\n\tb: 1", "suite.yaml:2: no valid YAML: "),
        ("a: 'x", "suite.yaml:1: no valid YAML: "),
        ("%YAML 3.0\n---\na", "suite.yaml:1: no valid YAML: "),
    ],
)
def test_what_cannot_be_read(text, message):
    assert refusal_of(text).startswith(message)


def test_tabs_get_advice():
    assert refusal_of("a:\n\tb: 1").endswith("; indent with spaces, not with tabs")


def test_a_variable_in_a_flow_gets_advice():
    assert "put text with a variable in quotes" in refusal_of("a: {b: ${NAME}/c}")


def test_a_bomb_of_aliases_does_not_go_off():
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60)]
    assert "anchors and aliases" in refusal_of("\n".join(lines))


def test_read_text(tmp_path):
    file = tmp_path / "suite.yaml"
    file.write_bytes(b"\xef\xbb\xbfsuite: \xc3\xa9\n")
    assert read_text(file) == "suite: é\n"


def test_a_file_that_is_not_there_or_no_text(tmp_path):
    def refusal(path):
        with pytest.raises(SuiteError) as raised:
            read_text(path)
        return str(raised.value).replace(f"{tmp_path}", "")

    (tmp_path / "latin.yaml").write_bytes(b"a: 1\nb: caf\xe9\n")
    (tmp_path / "large.yaml").write_bytes(b"#" * (MAX_BYTES + 1))
    assert refusal(tmp_path / "no.yaml") == "/no.yaml: no such suite file"
    assert refusal(tmp_path).endswith(": this is a folder; name a suite's YAML file")
    assert refusal(tmp_path / "latin.yaml") == "/latin.yaml:2: the suite is no UTF-8 text"
    assert refusal(tmp_path / "large.yaml").startswith("/large.yaml: the suite is too large")
    assert "the suite cannot be read" in refusal(tmp_path / ("x" * 300))
    assert "no such suite file" in refusal(tmp_path / "a\0b")
