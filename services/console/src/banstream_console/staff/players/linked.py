"""Others at the same address, on the page of a player: each with why that says much or little."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import web

from banstream_console.presentation.texts import Texts, texts
from banstream_console.staff.bans.list_page import PATH as BANS
from banstream_console.staff.personal import Known, shown_address
from banstream_console.web.site import language_for
from banstream_contracts.players import Player
from banstream_contracts.queries.linked import KnownThere, Link, LinkedFound, LinkReason, SharedAddress

MOODS = {"strong": "bad", "weak": "warn", "none": "good"}


@dataclass(frozen=True, slots=True)
class Meeting:
    """An address that two share, as who asks may see it."""

    address: str
    shared: SharedAddress


@dataclass(frozen=True, slots=True)
class Other:
    """Somebody else, in the language of who asks. `apart`: where staff say that they are different people."""

    link: Link
    mood: str
    sentences: list[str]
    meetings: list[Meeting]
    apart: str | None


def others_of(
    request: web.Request, player: Player, found: LinkedFound | None, known: Mapping[str, Known] | None
) -> list[Other]:
    """Those of an answer. `known` is of the infractions of the player, for who may see addresses."""
    said = texts(language_for(request))
    return [
        Other(
            link,
            MOODS[link.strength],
            [_sentence(said, reason, link) for reason in link.why],
            [Meeting(shown_address(each.address_hash, _clear(each.own, known)), each) for each in link.addresses],
            None if link.strength == "none" else _apart(player, link),
        )
        for link in (found.items if found else ())
    ]


def _sentence(said: Texts, reason: LinkReason, link: Link) -> str:
    return said.say(f"linked-why-{reason}", players=max(each.players for each in link.addresses))


def _clear(own: KnownThere | None, known: Mapping[str, Known] | None) -> str | None:
    if own is None or known is None:
        return None
    return next((each.address for id_ in own.infraction_ids if (each := known.get(id_)) and each.address), None)


def _apart(player: Player, link: Link) -> str | None:
    """The form that lets one of the two in from an infraction of the other."""
    for each in link.addresses:
        for known, exempt in ((each.own, link.player), (each.theirs, player)):
            if known:
                return f"{BANS}/{known.infraction_ids[0]}?exempt={quote(str(exempt), '')}#exempt"
    return None
