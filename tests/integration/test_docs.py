"""The pages of the documentation, followed by the letter: every command, and what it prints."""

import re
import shlex
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from support.docs import Command, Ended, Written, differences, follow, mask, steps
from support.sixty_nights import write_sixty_nights

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs").glob("*.md"))
LINK = re.compile(r"\]\((?!https?://)(?P<path>[^)#]+)(?:#[^)]*)?\)")

SHARED = {"choose": "quickstart", "tuning": "tuned_digits"}
"""Fixtures whose command is one of the page's."""


@pytest.fixture(params=["choose", "guard", "tuning", "watch"])
def page(request):
    return ROOT / "docs" / f"{request.param}.md"


@pytest.fixture
def prepared(page, request, tmp_path):
    """The folder in which the page starts, and the commands that were carried out in it."""
    if shared := SHARED.get(page.stem):
        given = request.getfixturevalue(shared)
        shutil.copytree(given.folder, tmp_path, dirs_exist_ok=True)
        (command,) = (
            step.text
            for step in steps(page.read_text())
            if isinstance(step, Command)
            and shlex.split(step.text) == ["sizewise", *given.arguments]
        )
        return tmp_path, {
            command: Ended(given.done.returncode, given.done.stdout + given.done.stderr)
        }
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    if page.stem == "watch":
        write_sixty_nights(tmp_path / "history", datetime.now(UTC))
    return tmp_path, {}


def test_what_the_page_says_is_so(page, prepared):
    folder, done = prepared
    complaints = follow(page.read_text(), folder, done)
    assert not complaints, "\n\n".join([page.name, *complaints])


@pytest.mark.parametrize(
    "page", [*PAGES, ROOT / "README.md", ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name
)
def test_links_lead_somewhere(page):
    for link in LINK.finditer(page.read_text()):
        assert (page.parent / link["path"]).exists(), link["path"]


def test_every_page_is_in_the_index():
    index = (ROOT / "docs" / "README.md").read_text()
    assert {page.name for page in PAGES if f"]({page.name})" not in index} <= {"README.md"}


class TestReader:
    """The reader of the pages itself."""

    PAGE = (
        "Text\n```yaml\n# a.yaml\nkey: 1\n```\n```yaml\nno: file\n```\n"
        "```console\n$ cat a.yaml\nkey: 7\n…\n$ false  # exit 1\n```\n"
    )

    def test_steps(self):
        assert list(steps(self.PAGE)) == [
            Written("a.yaml", "# a.yaml\nkey: 1\n"),
            Command(10, "cat a.yaml", 0, ("key: 7",)),
            Command(13, "false", 1, ()),
        ]

    def test_a_page_that_tells_the_truth(self, tmp_path):
        assert follow(self.PAGE, tmp_path, {}) == []

    def test_a_page_that_does_not(self, tmp_path):
        first, second = follow(
            self.PAGE.replace("key: 7", "kez: 7").replace("# exit 1", "# exit 2"), tmp_path, {}
        )
        assert first.startswith("line 10: cat a.yaml\n  does not print: kez: 7")
        assert second.startswith("line 13: false\n  ends with 1, not with 2")

    @pytest.mark.parametrize(
        ("shown", "printed", "same"),
        [
            ("★ uint8  9.62 kB [−0.5, +0.5]", "★ uint8  10 B [0.0,\n −1]", True),
            ("★ uint8  9.62 kB", "✓ uint8  9.62 kB", False),
            ("uint8", "uint16", False),
            ("a … c", "a b c", True),
            ("a … c", "c a", False),
            ("20261121T044913Z-48b9 since 2026-11-21", "20270101T000000Z-00ff since 2027-01-01", 1),
            ("[ 1/48] job", "[48/48] job", True),
            ("+8.1 pp of 719 samples", "+12.25 pp of 1,000 samples", True),
            ("exit 3 jobs", "exit three jobs", False),
        ],
    )
    def test_masks(self, shown, printed, same):
        found = differences(Command(1, "x", 0, (shown,)), Ended(0, printed))
        assert bool(found) is not bool(same)

    def test_names_keep_their_numbers(self):
        assert mask("prune50/uint8@tfjs int16x8 12.5 kB") == "prune50/uint8@tfjs int16x8 #"
