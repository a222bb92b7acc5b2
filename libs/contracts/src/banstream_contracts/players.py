"""Who is punished: a player `(service, id)` in the service's canonical form, always text.

Numbers exceed 2^53 on some services, so an id is never a number on the bus.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints, model_validator

from banstream_contracts.text import control_character

_STEAM_BASE = 76561197960265728
_STEAM_LAST = _STEAM_BASE + 2**32 - 1
_STEAM_2 = re.compile(r"^STEAM_[0-5]:([01]):([0-9]{1,10})$")
_STEAM_3 = re.compile(r"^(\[)?U:1:([0-9]{1,10})(?(1)\])$")
_DIGITS = re.compile(r"^[1-9][0-9]{0,18}$")
_DAYZ = re.compile(r"^(?:[0-9a-fA-F]{40}|[A-Za-z0-9_=-]{44})$")
_PLAIN_ID = re.compile(r"^[A-Za-z0-9_-]+$")

_MAX_ID = 128
_OWN_TOKENS = frozenset(
    {
        "address",
        "ban_file",
        "credential",
        "infraction",
        "log_source",
        "network",
        "policy",
        "request",
        "reporter",
        "server",
        "target",
        "tiering",
    }
)
"""What stands before `=` in tokens that are not a player's: of addresses, and where a command or event says so."""

Service = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,32}$")]


def _number_as_text(value: object) -> object:
    """Roblox clients send user ids as JSON numbers (facts ndp-flask-rewind 2.2)."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value


class Player(BaseModel):
    """A player of one service; equal players have equal `service` and `id`.

    Canonical forms (design section 3): `roblox` decimal digits, `steam` SteamID64 (other Steam forms are
    converted), `minecraft` lower case, `dayz` 40 hex digits or 44 base64url characters, others as given.

    Raises a validation error for an id the service cannot have.
    """

    model_config = ConfigDict(frozen=True)

    service: Service
    id: Annotated[str, StringConstraints(min_length=1, max_length=_MAX_ID), BeforeValidator(_number_as_text)]

    @model_validator(mode="after")
    def _canonical(self) -> Self:
        canonical = canonical_id(self.service, self.id)
        if canonical != self.id:
            object.__setattr__(self, "id", canonical)
        return self

    def __str__(self) -> str:
        """`service:id`, as in API parameters."""
        return f"{self.service}:{self.id}"

    @property
    def token(self) -> str:
        """The player as one NATS subject token and KV key, see `subject_token`."""
        return subject_token(self.service, self.id)


def parse_player(text: str) -> Player:
    """Read `SERVICE:ID`; the id may hold colons (STEAM_1:0:5). Raises ValueError."""
    service, colon, player_id = text.partition(":")
    if not colon:
        raise ValueError("a player is written SERVICE:ID, for example roblox:123456789")
    return Player(service=service, id=player_id)


def canonical_id(service: str, player_id: str) -> str:
    """The one form of an id that is compared and stored. Raises ValueError with what was expected."""
    found = control_character(player_id)
    if found is not None:
        raise ValueError(f"a player id holds no control characters (found U+{ord(found):04X})")
    if not player_id.strip():
        raise ValueError("a player id is not blank")
    match service:
        case "roblox":
            return _expect(_DIGITS.match(player_id), player_id, "a Roblox user id is decimal digits")
        case "steam":
            return _steam_id64(player_id)
        case "minecraft":
            lower = player_id.lower()
            return _expect(len(lower) <= _MAX_ID, lower, f"a Minecraft name has at most {_MAX_ID} characters")
        case "dayz":
            return _expect(_DAYZ.match(player_id), player_id, "a DayZ id is 40 hex digits or 44 base64url characters")
        case _:
            return player_id


def subject_token(service: str, player_id: str) -> str:
    """`service=id`, or `service==BASE64URL(id)` where the id is not plain: injective, no dots, no blanks.

    An id that is plain never begins with `=`, so the two forms cannot meet. A service that is named like one of
    our own tokens always takes the second form: its players would else share keys with addresses.
    """
    if _PLAIN_ID.fullmatch(player_id) and service not in _OWN_TOKENS:
        return f"{service}={player_id}"
    return f"{service}=={urlsafe_b64encode(player_id.encode()).decode().rstrip('=')}"


def service_and_id(token: str) -> tuple[str, str]:
    """The inverse of `subject_token`, for a token that it made."""
    service, _, player_id = token.partition("=")
    if player_id.startswith("="):
        packed = player_id[1:]
        player_id = urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode()
    return service, player_id


def address_token(address_hash: str) -> str:
    """The KV key of an address, by its keyed hash (64 hex digits)."""
    return f"address={address_hash}"


def server_token(server_id: str | None) -> str:
    """What concerns one server, or all of them."""
    return f"server={server_id or 'all'}"


def _expect(matched: object, player_id: str, expected: str) -> str:
    if not matched:
        raise ValueError(expected)
    return player_id


def _steam_id64(player_id: str) -> str:
    if steam_2 := _STEAM_2.match(player_id):
        account = int(steam_2[2]) * 2 + int(steam_2[1])
    elif steam_3 := _STEAM_3.match(player_id):
        account = int(steam_3[2])
    elif player_id.isascii() and player_id.isdecimal():
        account = int(player_id) - _STEAM_BASE
    else:
        account = -1
    if not 0 < account <= _STEAM_LAST - _STEAM_BASE:
        raise ValueError("a Steam id is a SteamID64, STEAM_X:Y:Z or [U:1:N] of an individual account")
    return str(_STEAM_BASE + account)
