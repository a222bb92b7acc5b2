"""`banstream dayz replay`: what rules find in admin logs, without a running stack."""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Annotated, BinaryIO
from zoneinfo import ZoneInfo

import typer
from rich.padding import Padding
from rich.text import Text

from banstream_cli.arguments.options import read, refuse
from banstream_cli.terminal.exits import Stuck
from banstream_cli.terminal.output import console, print_json, print_line, print_plain, print_table, say
from banstream_cli.terminal.printable import visible
from banstream_cli.terminal.progress import Advance, progress_bar
from banstream_dayz_feed.lines.clock import start_of
from banstream_dayz_feed.lines.reading import first_start
from banstream_dayz_feed.replay import Replay, Tally
from banstream_dayz_feed.rules.findings import Finding
from banstream_dayz_feed.rules.rule_settings import RuleSettings, all_rules
from banstream_dayz_feed.rules.rules_file import RulesRefused, read_rules

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Admin logs of DayZ servers.")

_CHUNK = 1 << 16
_KILO = 1024
_LONG = 2048
"""Kilobytes that are worth a bar."""

_SHOWN_EVIDENCE = 4
_STDIN = "-"


@dataclass(frozen=True, slots=True)
class _Source:
    """A log to read: what it is called in findings, its first bytes, when it begins, and the rest of it."""

    name: str
    head: bytes
    named_start: datetime | None
    header: datetime | None
    rest: BinaryIO


@app.callback()
def dayz() -> None:
    """Admin logs of DayZ servers."""


@app.command()
def replay(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="Admin logs (.ADM) of one server; - is stdin.")],
    rules: Annotated[Path | None, typer.Option(metavar="FILE", help="Rules as TOML or JSON.")] = None,
    every_rule: Annotated[bool, typer.Option("--all-rules", help="Every rule, with its default limits.")] = False,
    server: Annotated[str, typer.Option(metavar="NAME", help="For rules that name servers.")] = "",
    zone: Annotated[str, typer.Option(metavar="ZONE", help="Of the log's clock: Europe/Berlin.")] = "UTC",
    day: Annotated[
        str | None, typer.Option("--date", metavar="DATE", help="Of logs without a header or a date in the name.")
    ] = None,
    unknown: Annotated[bool, typer.Option("--unknown", help="List the lines that are not understood.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One finding a line on stdout and nothing else.")] = False,
) -> None:
    """Show what the rules find in logs; nothing is sent anywhere and nobody is banned."""
    if unknown and as_json:
        refuse("--json prints findings alone; leave out --unknown")
    if rules is not None and every_rule:
        refuse("give --rules or --all-rules, not both")
    settings = _read_rules(rules) if rules else all_rules() if every_rule else RuleSettings()
    whole = Replay(settings, server, read(_zone, zone))
    started = read(_day, day) if day else None
    with ExitStack() as stack:
        sources = _sources(files, stack)
        with _progress(_kilobytes(files)) as advance:
            # A bar takes over stdout: nothing may be printed before it is gone.
            found = sorted(_run(whole, sources, started, advance), key=lambda finding: finding.at)
    _print(found, whole, unknown=unknown, as_json=as_json)


def _zone(name: str) -> tzinfo:
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        raise ValueError(f"{name!r} is no time zone; write Europe/Berlin or America/Sao_Paulo") from None


def _day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d")  # noqa: DTZ007 - the log's own clock has no zone
    except ValueError:
        raise ValueError(f"{text!r} is no date; write 2026-01-31") from None


def _read_rules(path: Path) -> RuleSettings:
    try:
        return read_rules(path.read_text(encoding="utf-8-sig"), is_json=path.suffix.lower() == ".json")
    except RulesRefused as error:
        raise Stuck(f"{path}: {error}") from None
    except UnicodeDecodeError:
        raise Stuck(f"{path}: is no text") from None
    except OSError as error:
        raise Stuck(f"{path}: {error.strerror}") from None


def _sources(files: Iterable[str], stack: ExitStack) -> list[_Source]:
    """Opened, each once, in the order they were written; those that do not say when, last."""
    sources = [_open(name, stack) for name in dict.fromkeys(files)]
    return sorted(sources, key=lambda source: source.header or source.named_start or datetime.max)  # noqa: DTZ901 - as above


def _open(name: str, stack: ExitStack) -> _Source:
    try:
        opened = sys.stdin.buffer if name == _STDIN else Path(name).open("rb")  # noqa: SIM115 - the stack closes it
        file = stack.enter_context(opened)
        head = file.read(_CHUNK)
    except OSError as error:
        raise Stuck(f"{name}: {error.strerror}") from None
    if b"\0" in head:
        raise Stuck(f"{name}: is no admin log but something binary")
    short = "stdin" if name == _STDIN else Path(name).name
    return _Source(short, head, start_of(short), first_start(head), file)


def _progress(kilobytes: int | None) -> AbstractContextManager[Advance]:
    if kilobytes is not None and kilobytes < _LONG:
        return nullcontext(lambda _position, _head: None)
    return progress_bar("reading (kB)", kilobytes)


def _kilobytes(files: Iterable[str]) -> int | None:
    try:
        return sum(Path(name).stat().st_size for name in set(files)) // _KILO
    except OSError:
        return None


def _run(whole: Replay, sources: Iterable[_Source], day: datetime | None, advance: Advance) -> Iterator[Finding]:
    read_bytes = 0
    for source in sources:
        before = _said(whole.tally), whole.tally.unknown_lines
        whole.begin(source.name, source.named_start or day)
        for chunk in _chunks(source):
            yield from whole.feed(chunk)
            read_bytes += len(chunk)
            advance(read_bytes // _KILO, None)
        yield from whole.end()
        _check(source, whole.tally, before, is_dated=bool(source.header or source.named_start or day))
    yield from whole.conclude()


def _chunks(source: _Source) -> Iterator[bytes]:
    yield source.head
    try:
        while chunk := source.rest.read(_CHUNK):
            yield chunk
    except OSError as error:
        raise Stuck(f"{source.name}: {error.strerror}") from None


def _check(source: _Source, tally: Tally, before: tuple[int, int], *, is_dated: bool) -> None:
    if _said(tally) == before[0] and tally.unknown_lines > before[1]:
        raise Stuck(f"{source.name}: no line of it is a line of an admin log")
    if tally.undated and not is_dated:
        raise Stuck(f"{source.name}: neither a header nor its name says its day; give it with --date 2026-01-31")


def _said(tally: Tally) -> int:
    return tally.lines - tally.ornaments - tally.unknown_lines


def _print(found: list[Finding], whole: Replay, *, unknown: bool, as_json: bool) -> None:
    for finding in found:
        if as_json:
            print_json(finding.document())
        else:
            _print_finding(finding)
    if unknown:
        rows = [(str(count), text) for text, count in whole.tally.unknown.most_common()]
        print_table(("Count", "Line"), rows, "every line is understood")
    summary = _summary(found, whole)
    if as_json:
        say(summary)
    else:
        print_line((summary, "bold"))


def _print_finding(finding: Finding) -> None:
    when = finding.at.strftime("%Y-%m-%d %H:%M:%S %Z")
    limit = f"; limit {finding.limit:g} {finding.unit}" if finding.limit else ""
    what, who = visible(finding.infraction_type), visible(finding.player)
    _print_indented(Text.assemble((what, "bold red"), "  ", (who, "bold"), "  ", when), 0)
    _print_indented(Text(visible(f"{finding.rule}, {finding.severity.value}: {finding.detail}{limit}")), 2)
    _print_indented(Text(f"id {visible(finding.player_id)}", style="dim"), 2)
    for witness in finding.evidence[:_SHOWN_EVIDENCE]:
        _print_indented(Text(visible(witness.text)), 4)
    more = len(finding.evidence) - _SHOWN_EVIDENCE
    if more > 0:
        _print_indented(Text(f"and {more} more (all with --json)", style="dim"), 4)
    console().print()


def _print_indented(text: Text, columns: int) -> None:
    out = console()
    if out.is_terminal:
        text.overflow = "fold"
        out.print(Padding(text, (0, 0, 0, columns), expand=False))
    else:
        print_plain(" " * columns + text.plain)


def _summary(found: list[Finding], whole: Replay) -> str:
    tally = whole.tally
    counts = Counter(finding.rule for finding in found)
    rules = ", ".join(f"{rule} {count}" for rule, count in sorted(counts.items()))
    total = f"{len(found)} finding{'' if len(found) == 1 else 's'}"
    mods = f", {tally.of_mods} of mods" if tally.of_mods else ""
    undated = f", {tally.undated} before any header and skipped" if tally.undated else ""
    share = f" ({100 * tally.unknown_lines / tally.lines:.1f} %)" if tally.unknown_lines else ""
    return (
        f"{tally.lines} lines: {tally.parsed} parsed{mods}, {tally.unknown_lines} unknown{share}{undated}; "
        f"{total} by {len(whole.detector.rules)} rules{': ' + rules if rules else ''}"
    )
