"""Every `banstream …` in a page is a command that there is, with options that it has."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from typer._click.core import Command
from typer.core import TyperGroup

from banstream_cli import root
from banstream_cli.terminal.entry import PLACES, load

ROOT = Path(__file__).parents[2]
FENCED = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
SAID = re.compile(r"(?:^|[/(]|(?<!of)\s)banstream ([a-z][^\n]*)")
END = re.compile(r"\s#|[|;>)]|\s&")
OTHERS = re.compile(r"kubectl|docker")
_ = root.app
"""What fills PLACES."""


@cache
def pages() -> tuple[Path, ...]:
    asked = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"]
    listed = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False).stdout.split("\0")
    found = [ROOT / name for name in listed if name] or [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    return tuple(page for page in sorted(set(found)) if page.is_file() and page.name != "CHANGELOG.md")


def commands_in(page: Path) -> Iterator[str]:
    text = page.read_text(encoding="utf-8")
    lines = [line for block in FENCED.findall(text) for line in block.replace("\\\n", " ").splitlines()]
    for code in (*lines, *re.findall(r"`([^`\n]+)`", FENCED.sub("", text))):
        said = SAID.search(code)
        if said and not OTHERS.search(code):
            yield END.split(said[1])[0]


def wrong_in(said: str) -> str:
    """What there is not; empty where all is well."""
    try:
        first, *rest = shlex.split(said)
    except ValueError:
        first, *rest = said.split()
    if first not in PLACES:
        return first
    command: Command = load(first)
    while isinstance(command, TyperGroup) and rest and re.fullmatch("[a-z-]+", rest[0]) and not rest[0].startswith("-"):
        name = rest.pop(0)
        if name not in command.commands:
            return name
        command = command.commands[name]
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    named = [word.partition("=")[0] for word in rest if re.match("--[a-z]", word)]
    return " ".join(option for option in named if option not in {*known, "--help"})


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_in_it_is_there_with_its_options(page: Path) -> None:
    wrong = {said: what for said in commands_in(page) if (what := wrong_in(said))}
    assert not wrong


def test_commands_are_found_at_all() -> None:
    assert sum(len(list(commands_in(page))) for page in pages()) > 200


@pytest.mark.parametrize(
    ("said", "missing"),
    [("servers make X", "make"), ("vpn list --colour", "--colour"), ("nothing", "nothing"), ("up --only nats", "")],
    ids=["subcommand", "option", "command", "right"],
)
def test_what_there_is_not_is_named(said: str, missing: str) -> None:
    assert wrong_in(said) == missing
