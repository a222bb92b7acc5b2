"""Infractions of an undo as a table shows them, in the language of who asks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web

from banstream_console.presentation.long_texts import cut
from banstream_console.presentation.texts import Texts, texts
from banstream_console.problems.in_words import problem_said
from banstream_console.staff.bans.list_page import Row as BanRow
from banstream_console.staff.bans.list_page import rows_of
from banstream_console.staff.events_in_words import NOT_SAID
from banstream_console.staff.infractions_in_words import Saying
from banstream_console.staff.knowing import saying
from banstream_console.staff.undoing.doing import Outcome, Told
from banstream_console.web.site import language_for
from banstream_contracts.commands.infractions import InfractionChanges
from banstream_contracts.infractions import Infraction, Lifetime
from banstream_privacy.visible import clean

_LONGEST = 140
_PLAIN = {
    "reason": "desk-reason",
    "note": "ban-note",
    "evidence": "ban-evidence",
    "server_id": "ban-server",
    "tiering_policy_id": "ban-policy",
}
"""What is shown as it is, by the text that names it."""


_ORDER: tuple[Outcome, ...] = ("refused", "left", "accepted", "reinstated", "amended", "lifted", "unchanged")


@dataclass(frozen=True, slots=True)
class Row:
    """One infraction: what they did to it, what becomes of it, and why or what is put back."""

    ban: BanRow
    did: str
    outcome: Outcome
    details: tuple[str, ...]


def undo_rows(request: web.Request, told: Iterable[Told], most: int) -> list[Row]:
    """Those first that somebody has to look at; the rest is left out."""
    every = sorted(told, key=lambda each: _ORDER.index(each.outcome))[:most]
    said, words = texts(language_for(request)), saying(request)
    bans = rows_of(request, tuple(each.done.infraction for each in every))
    return [
        Row(ban, _did(said, each.done.did), each.outcome, _details(said, words, each))
        for ban, each in zip(bans, every, strict=True)
    ]


def _did(said: Texts, kinds: Iterable[str]) -> str:
    """`Issued, lifted`; each once."""
    return ", ".join(said.say(f"undo-did-{kind.rpartition('.')[2]}") for kind in dict.fromkeys(kinds))


def _details(said: Texts, words: Saying, told: Told) -> tuple[str, ...]:
    if told.problem:
        return tuple(problem_said(told.problem, said))
    if told.outcome == "left":
        return (said.say("undo-why-left"),)
    changes = told.done.changes
    if changes is None or told.outcome == "unchanged":
        return ()
    return tuple(f"{said.say(text_id)}: {value}" for text_id, value in _put_back(words, told.done.infraction, changes))


def _put_back(words: Saying, infraction: Infraction, changes: InfractionChanges) -> list[tuple[str, str]]:
    """What an infraction has again, by the text that names it."""
    lines: list[tuple[str, str]] = []
    if changes.lifetime:
        lines.append(("ban-ends", _end(words, infraction, changes)))
    if changes.punishments is not None:
        lines.append(("ban-punishments", words.punishments(changes.punishments)))
    if changes.scope:
        lines.append(("desk-scope", words.scope(changes.scope)))
    if "category" in changes.model_fields_set:
        lines.append(("ban-category", words.category(changes.category)))
    if "severity" in changes.model_fields_set:
        lines.append(("ban-severity", words.severity(changes.severity)))
    if "address_expires_at" in changes.model_fields_set:
        end = changes.address_expires_at
        lines.append(("ban-address-until", words.end(Lifetime.TIMED, end, None, said=False) if end else NOT_SAID))
    if "exempt" in changes.model_fields_set:
        lines.append(("ban-exempt", ", ".join(map(str, changes.exempt or ())) or NOT_SAID))
    for name, text_id in _PLAIN.items():
        if name in changes.model_fields_set:
            lines.append((text_id, cut(clean(getattr(changes, name) or ""), _LONGEST) or NOT_SAID))
    return lines


def _end(words: Saying, infraction: Infraction, changes: InfractionChanges) -> str:
    """A duration counts from when it was issued."""
    lifetime = changes.lifetime or Lifetime.PERMANENT
    seconds = changes.duration_seconds
    expires_at = infraction.issued_at + timedelta(seconds=seconds) if seconds else None
    return words.end(lifetime, expires_at, changes.time_left_seconds)
