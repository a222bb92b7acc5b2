"""Addresses and names of a player: in clear for who may see them, else what tells one address from another."""

from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web
from cryptography.exceptions import InvalidTag

from banstream_console.access.people import person_of
from banstream_console.presentation.long_texts import cut
from banstream_console.problems.exceptions import Away
from banstream_console.web.site import site_of
from banstream_contracts import subjects
from banstream_contracts.admins import Right
from banstream_contracts.infractions import Actor, Infraction
from banstream_contracts.players import Player
from banstream_contracts.queries.search import GetPersonal, PersonalFound
from banstream_privacy.sharing import consoles_key, opened
from banstream_privacy.visible import clean

_SHOWN_OF_HASH = 8
_LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class Known:
    """Of one infraction: what of the address may be seen, and a name that was sealed."""

    address: str | None = None
    name: str | None = None


async def personal_of(request: web.Request, player: Player) -> dict[str, Known] | None:
    """By infraction, for who may see addresses; None for others, and where it cannot be had."""
    return await _shown(request, lambda asker: GetPersonal(player=player, asked_by=asker))


async def address_of(request: web.Request, infraction: Infraction) -> str | None:
    """The address of one infraction as who asks may see it; None where it has none."""
    if infraction.address_hash is None:
        return None
    known = await _shown(request, lambda asker: GetPersonal(infraction_id=infraction.id, asked_by=asker))
    return next(iter(addresses((infraction,), known)))


async def _shown(request: web.Request, question: Callable[[Actor], GetPersonal]) -> dict[str, Known] | None:
    person, site = person_of(request), site_of(request)
    key = site.settings.accounts_key_bytes()
    if key is None or not person.may(Right.SEE_ADDRESSES):
        return None
    try:
        found = await site.staff.questions.ask(subjects.QUERY_PERSONAL, question(person.actor), PersonalFound)
    except Away:
        return None
    between = consoles_key(key)
    return {
        each.infraction_id: Known(
            _opened(between, each.infraction_id, each.sealed_address),
            _opened(between, each.infraction_id, each.sealed_name),
        )
        for each in found.items
    }


def addresses(infractions: tuple[Infraction, ...], known: dict[str, Known] | None) -> list[str]:
    """Each once, the newest first; by the beginning of its hash where it may not be seen."""
    seen: dict[str, str] = {}
    for infraction in infractions:
        if infraction.address_hash and infraction.address_hash not in seen:
            clear = known[infraction.id].address if known and infraction.id in known else None
            seen[infraction.address_hash] = shown_address(infraction.address_hash, clear)
    return list(seen.values())


def shown_address(address_hash: str, clear: str | None) -> str:
    """One address; by the beginning of its hash where it may not be seen."""
    return clear or f"•••• {address_hash[:_SHOWN_OF_HASH]}"


def names(infractions: tuple[Infraction, ...], known: dict[str, Known] | None) -> list[tuple[str, Infraction]]:
    """Names over time, each with the newest infraction that has it."""
    found: dict[str, Infraction] = {}
    for infraction in infractions:
        sealed = known[infraction.id].name if known and infraction.id in known else None
        name = cut(clean(infraction.player_name or sealed or ""), _LONGEST_NAME)
        if name:
            found.setdefault(name, infraction)
    return list(found.items())


def _opened(key: bytes, infraction_id: str, sealed: str | None) -> str | None:
    if sealed is None:
        return None
    try:
        return opened(key, infraction_id, sealed)
    except (InvalidTag, ValueError):
        return None
