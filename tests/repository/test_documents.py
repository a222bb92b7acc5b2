"""What documents point to is there: files, headings, make targets, and a way from the README to each page."""

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


@cache
def pages() -> tuple[Path, ...]:
    """Every page of the repository; what is not tracked yet counts too."""
    asked = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"]
    listed = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        return (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
    return tuple(ROOT / name for name in sorted(set(listed.stdout.split("\0"))) if name and (ROOT / name).is_file())


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


@cache
def links(page: Path) -> tuple[tuple[Path, str], ...]:
    """The file and the heading of every link to something of ours."""
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    parts = (target.partition("#") for target in re.findall(r"\]\(([^)\s]+)\)", text) if ":" not in target)
    return tuple(((page.parent / file).resolve() if file else page, heading) for file, _, heading in parts)


@cache
def headings(page: Path) -> frozenset[str]:
    """As GitHub makes anchors of them."""
    found = re.findall(r"^#+ (.+)$", FENCED.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return frozenset(re.sub(r"[^\w\- ]", "", each.strip().lower()).replace(" ", "-") for each in found)


@pytest.mark.parametrize("page", pages(), ids=named)
def test_what_a_page_links_to_exists(page: Path) -> None:
    missing = [
        f"{file.name}#{heading}"
        for file, heading in links(page)
        if not file.exists() or (heading and file.suffix == ".md" and heading not in headings(file))
    ]
    assert not missing


@pytest.mark.parametrize("page", pages(), ids=named)
def test_the_make_targets_that_a_page_names_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    text = page.read_text(encoding="utf-8")
    assert set(re.findall(r"(?:`|^)make ([a-z][a-z-]*)", text, re.MULTILINE)) <= targets


def test_every_page_is_reached_from_the_readme() -> None:
    seen, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in seen and page.suffix == ".md" and page.exists():
            seen.add(page)
            waiting += [file for file, _ in links(page)]
    assert not [named(page) for page in pages() if page not in seen]


def test_every_decision_is_in_the_index_once() -> None:
    index = ROOT / "docs/adr/README.md"
    decisions = sorted(path.name for path in index.parent.glob("[0-9]*.md"))
    assert [file.name for file, _ in links(index)] == decisions
    assert len({name[:4] for name in decisions}) == len(decisions) > 0


def test_words_of_the_glossary_are_there_once_and_in_order() -> None:
    words = re.findall(r"^\| \*\*(.+?)\*\* \|", (ROOT / "docs/glossary.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(words) > 50
    assert words == sorted(set(words), key=str.lower)
