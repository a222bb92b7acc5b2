"""IP addresses that staff name: sealed for infractions, which alone hashes them, and never in an address of a page."""

from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web
from cryptography.exceptions import InvalidTag

from banstream_console.access.people import Person, person_of
from banstream_console.problems.exceptions import Forbidden, Unfit
from banstream_console.problems.field_errors import Wrong
from banstream_console.settings import Settings
from banstream_console.web.site import site_of
from banstream_contracts import subjects
from banstream_contracts.admins import Right
from banstream_contracts.infractions import Infraction
from banstream_contracts.queries.search import PERSONAL_OF_ADDRESS, SearchInfractions, SearchPage
from banstream_contracts.sealed import SealedAddress
from banstream_privacy.addresses import InvalidAddress, canonical_address
from banstream_privacy.sharing import consoles_key, opened, share
from banstream_privacy.transit import seal

LONGEST = 100
OF = "of"
"""Parameter of an address: what is looked for, sealed for the session that asked."""


@dataclass(frozen=True, slots=True)
class KnownAddress:
    """An address as a command names it, and every infraction that it has had."""

    sealed: SealedAddress
    infractions: tuple[Infraction, ...]


def may_punish_addresses(person: Person, settings: Settings) -> bool:
    """Whether somebody may see addresses, and this console has what it takes to name them."""
    has_keys = bool(settings.sealing_public_key) and settings.accounts_key_bytes() is not None
    return has_keys and person.may(Right.SEE_ADDRESSES)


def read_address(typed: str, field: str = "address") -> str:
    """In its canonical form. Raises Unfit, also for a network: hashes of addresses know none."""
    if "/" in typed:
        raise Unfit({field: Wrong("address-network")})
    try:
        return canonical_address(typed)
    except InvalidAddress:
        raise Unfit({field: Wrong("address")}) from None


def place_of(request: web.Request, address: str) -> str:
    """The parameters of a page about an address, which only consoles open, in this session. Raises Unfit."""
    sealed = share(_key(request), _about(person_of(request)), address)
    return urlencode({OF: sealed})


def address_in(request: web.Request) -> str | None:
    """The inverse; None for what was sealed for somebody else, or is damaged. Raises Unfit."""
    try:
        return opened(_key(request), _about(person_of(request)), request.query.get(OF, ""))
    except (InvalidTag, ValueError):
        return None


async def of_address(request: web.Request, address: str) -> SearchPage:
    """All infractions of an address. Raises Forbidden, Unfit or Away."""
    person, site = person_of(request), site_of(request)
    if not person.may(Right.SEE_ADDRESSES):
        raise Forbidden
    sealed = share(consoles_key(_key(request)), PERSONAL_OF_ADDRESS, address)
    question = SearchInfractions(sealed_address=sealed, asked_by=person.actor)
    page = await site.staff.questions.ask(subjects.QUERY_SEARCH, question, SearchPage)
    if page.unreadable:
        raise Unfit({"address": Wrong("address-off")})
    return page


async def known_address(request: web.Request, address: str) -> KnownAddress:
    """What a command about an address needs. Raises Forbidden, Unfit or Away."""
    settings = site_of(request).settings
    page = await of_address(request, address)
    if not settings.sealing_public_key or page.address_hash is None:
        raise Unfit({"address": Wrong("address-key" if page.address_hash else "address-off")})
    sealed = seal(bytes.fromhex(settings.sealing_public_key), address)
    return KnownAddress(SealedAddress(hash=page.address_hash, sealed=sealed), page.items)


def _key(request: web.Request) -> bytes:
    key = site_of(request).settings.accounts_key_bytes()
    if key is None:
        raise Unfit({"address": Wrong("address-key")})
    return key


def _about(person: Person) -> str:
    return f"looked for in {person.session_key}"
