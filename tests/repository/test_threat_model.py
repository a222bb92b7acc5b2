"""The threat model says which test holds each line; those tests exist."""

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/threat-model.md"


@cache
def names_of_tests() -> set[str]:
    """Every test function of the repository; what is not tracked yet counts too."""
    folders = [*ROOT.glob("*/*/tests"), ROOT / "tests", ROOT / "cli/tests", *ROOT.glob("sdk/*/tests")]
    found = (path.read_text(encoding="utf-8") for folder in folders for path in folder.rglob("test_*.py"))
    return {name for text in found for name in re.findall(r"^\s*(?:async )?def (test_\w+)", text, re.MULTILINE)}


def rows() -> list[tuple[str, ...]]:
    """The lines of every table that says what stops somebody."""
    found = []
    for table in re.findall(r"^\| they try \|.*\n\|(?:---\|)+\n((?:\|.*\n)+)", PAGE.read_text("utf-8"), re.MULTILINE):
        found += [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in table.splitlines()]
    return found


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_every_line_is_held_by_tests_that_exist(row: tuple[str, ...]) -> None:
    what, stops, held = row
    assert what
    assert stops
    named = re.findall(r"`(test_\w+)`", held)
    assert named, f"{what}: nothing holds it"
    assert set(named) <= names_of_tests(), f"{what}: {set(named) - names_of_tests()}"


def test_every_part_about_somebody_has_a_table() -> None:
    text = PAGE.read_text(encoding="utf-8")
    parts = dict(re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    without = {"What is worth protecting", "What is not covered"}
    assert {name for name, part in parts.items() if "| they try |" not in part} == without
    assert len(rows()) > 40


def test_pages_that_are_named_exist() -> None:
    for page in (PAGE, ROOT / "SECURITY.md"):
        for link in re.findall(r"\]\(([^)#]+)(?:#[\w-]+)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"
