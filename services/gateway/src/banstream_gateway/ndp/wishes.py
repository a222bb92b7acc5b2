"""What `/add_ban` and `/check_ban` are told, read strictly: what reaches a console is one name, or one address."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, cast

from pydantic import ValidationError

from banstream_contracts.listed_bans import SERVICE
from banstream_contracts.players import Player, canonical_id, subject_token
from banstream_contracts.text import blank_control_characters
from banstream_gateway.addresses import Addresses
from banstream_gateway.endpoints import Call
from banstream_gateway.ndp.listing import is_for_consoles
from banstream_gateway.problems import Malformed, UnsupportedMedia, message_of
from banstream_privacy.addresses import InvalidAddress, canonical_address, is_nobodys

INVALID_JSON = "Invalid JSON"
NO_CAUSE = "-"
_NEEDED = ("action", "username", "ip", "cause")
_LONGEST_CAUSE = 1024
_LONGEST_ADDRESS = 64


@dataclass(frozen=True, slots=True)
class Wish:
    """A ban, or the end of the bans of a player. `ip` is canonical, None where none was named that is somebody's."""

    action: Literal["ban", "remove"]
    player: Player
    username: str
    ip: str | None
    cause: str


@dataclass(frozen=True, slots=True)
class AddressPardon:
    """The end of the bans of an address that are nobody's: the Java plugin sends one without a name."""

    ip: str
    cause: str


async def read_object(call: Call) -> dict[str, Any]:
    """The JSON object of a body, which may hold the token itself. Raises Malformed, TooLarge or TooSlow."""
    try:
        content = await call.gateway.bodies.json(call.request, refuse_duplicates=False, may_be_packed=False)
    except (Malformed, UnsupportedMedia):
        raise Malformed(INVALID_JSON) from None
    return cast("dict[str, Any]", content) if isinstance(content, dict) else {}


def require_all(content: Mapping[str, Any], *, needs_token: bool) -> None:
    """Every field has to be there, before anybody looks at the token. Raises Malformed."""
    needed = (*_NEEDED, "verification") if needs_token else _NEEDED
    if missing := [name for name in needed if name not in content]:
        raise Malformed(f"Missing parameters: {', '.join(missing)}")


def wish_of(content: Mapping[str, Any]) -> Wish | AddressPardon:
    """What is asked for. Raises Malformed."""
    action = content["action"]
    if action not in ("ban", "remove"):
        raise Malformed("Invalid action type")
    username = _text(content["username"], "username").strip()
    if action == "remove" and not username and (ip := address_of(content["ip"])):
        return AddressPardon(ip, cause_of(content["cause"]))
    if action == "ban" and not is_for_consoles(username):
        raise Malformed("username: is one word that does not begin with @")
    ip = address_of(content["ip"]) if action == "ban" else _pardoned_address(content["ip"])
    return Wish(action, player_of(username), username, ip, cause_of(content["cause"]))


def player_of(username: str) -> Player:
    """The player of a name. Raises Malformed."""
    try:
        return Player(service=SERVICE, id=username)
    except ValidationError as error:
        raise Malformed(f"username: {message_of(error.errors()[0])}") from None


def key_of(username: str) -> str:
    """The KV key of a name, without pydantic, which costs more than the lookup. Raises Malformed."""
    try:
        return subject_token(SERVICE, canonical_id(SERVICE, username))
    except ValueError as error:
        raise Malformed(f"username: {error}") from None


def address_of(ip: object) -> str | None:
    """An address, with or without a port; None for none and for one that is nobody's.

    Raises Malformed for what is no address.
    """
    text = _address_text(ip)
    if not text:
        return None
    try:
        address = canonical_address(text)
    except InvalidAddress as error:
        raise Malformed(f"ip: {error}") from None
    return None if is_nobodys(address) else address


def address_keys_of(addresses: Addresses, ip: object) -> tuple[str, ...]:
    """Every KV key that the same may be banned under. The last addresses are known by their text."""
    text = _address_text(ip)
    try:
        return addresses.tokens(text) if text else ()
    except InvalidAddress as error:
        raise Malformed(f"ip: {error}") from None


def cause_of(cause: object) -> str:
    """Any JSON value as a reason: no client reads an error about it, and all of them show it in one line."""
    try:
        text = cause if isinstance(cause, str) else json.dumps(cause, ensure_ascii=False)
    except RecursionError:
        return NO_CAUSE
    return blank_control_characters(text).strip()[:_LONGEST_CAUSE] or NO_CAUSE


def _pardoned_address(ip: object) -> str | None:
    """The address beside the name to pardon: the pardon is of the player whatever a plugin takes it for."""
    with suppress(Malformed):
        return address_of(ip)
    return None


def _address_text(ip: object) -> str:
    """Without blanks around it; one longer than any is not cut into one. Raises Malformed."""
    text = _text(ip, "ip").strip()
    if len(text) > _LONGEST_ADDRESS:
        raise Malformed("ip: is longer than any address")
    return text


def _text(value: object, field: str) -> str:
    if not isinstance(value, str):
        raise Malformed(f"{field}: is text")
    return value
