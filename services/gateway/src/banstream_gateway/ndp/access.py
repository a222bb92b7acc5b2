"""Who asks: the token in the path, as Bearer, or as `verification` in the body or the query."""

from collections.abc import Set as AbstractSet

from banstream_contracts.infractions import Credential
from banstream_gateway.access import PATH_TOKEN
from banstream_gateway.endpoints import Call

_LONGEST_SECRET = 128
_SCHEMES = {"bearer", "server"}


def has_token(call: Call) -> bool:
    """Whether path or header bring a token, which then is the one that counts."""
    scheme = call.request.headers.get("Authorization", "").partition(" ")[0]
    return PATH_TOKEN in call.request.match_info or scheme.lower() in _SCHEMES


def admit(call: Call, verification: object, scopes: AbstractSet[str]) -> Credential:
    """Let in who has one of the scopes; the call is theirs from here on.

    Raises Unauthorized, Forbidden, TooMany or Unavailable.
    """
    gateway = call.gateway
    if has_token(call):
        call.admitted = gateway.door.admit(call.request, scopes)
    else:
        is_secret = isinstance(verification, str) and 0 < len(verification) <= _LONGEST_SECRET
        found = gateway.credentials.find(str(verification)) if is_secret else None
        call.admitted = gateway.door.let_in(call.request, found, scopes)
    return call.admitted
