"""Who asks: the token in the path, as Bearer, or as `verification` in the body or the query."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from aiohttp.http import RawRequestMessage

from banstream_contracts.infractions import Credential
from banstream_gateway.access import PATH_TOKEN
from banstream_gateway.endpoints import Call, Gateway

_LONGEST_SECRET = 128
_SCHEMES = {"bearer", "server"}


def has_token(call: Call) -> bool:
    """Whether path or header bring a token, which then is the one that counts."""
    return PATH_TOKEN in call.request.match_info or _is_in(call.request.headers)


def plain_holder(gateway: Gateway, message: RawRequestMessage) -> Credential | None:
    """The credential of a check without a body that brings a good one."""
    if _is_in(message.headers):
        return gateway.door.holder(message.headers)
    return _found(gateway, message.url.query.get("verification"))


def admit(call: Call, verification: object, scopes: AbstractSet[str]) -> Credential:
    """Let in who has one of the scopes; the call is theirs from here on.

    Raises Unauthorized, Forbidden, TooMany or Unavailable.
    """
    gateway = call.gateway
    if has_token(call):
        call.admitted = gateway.door.admit(call.request, scopes)
    else:
        call.admitted = gateway.door.let_in(call.request, _found(gateway, verification), scopes)
    return call.admitted


def _is_in(headers: Mapping[str, str]) -> bool:
    return headers.get("Authorization", "").partition(" ")[0].lower() in _SCHEMES


def _found(gateway: Gateway, verification: object) -> Credential | None:
    is_secret = isinstance(verification, str) and 0 < len(verification) <= _LONGEST_SECRET
    return gateway.credentials.find(str(verification)) if is_secret else None
