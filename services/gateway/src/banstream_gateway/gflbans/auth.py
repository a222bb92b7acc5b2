"""Who asks: every form of a credential that GFLBans takes (facts gflbans 1.1).

`Authorization: SERVER id key` with blanks or `_`, the query's `token_type`, `token_id` and `token_secret`, and, as
everywhere here, a secret in the path. A request with none of them is a guest's.
"""

import re

from aiohttp.http import RawRequestMessage

from banstream_contracts.infractions import Credential
from banstream_gateway.access import PATH_TOKEN
from banstream_gateway.endpoints import CHECK, Call, Gateway
from banstream_gateway.gflbans.errors import UNPROCESSABLE, Rejected

NEEDS_CREDENTIAL = "This route requires authorization"
_KINDS = {"SERVER": "server", "Server": "server", "server": "server", "API": "token", "Api": "token", "api": "token"}
_HEADER = re.compile(r"(SERVER|Server|server|API|Api|api)[ _]([A-Za-z0-9]+)[ _]([A-Za-z0-9]+)")
_LONGEST = 512
_QUERY = ("token_type", "token_id", "token_secret")


def admit(call: Call, scope: str, needs: str = NEEDS_CREDENTIAL) -> Credential:
    """Let in who has a credential with the scope; the call is theirs from here on.

    Raises Rejected (422, or 401 with `needs` for a guest), Unauthorized, Forbidden, TooMany or Unavailable.
    """
    header = call.request.headers.get("Authorization")
    if header is None and is_guest(call):
        raise Rejected(401, needs)
    call.admitted = call.gateway.door.let_in(call.request, _found(call, header), {scope})
    return call.admitted


def admit_server(call: Call, scope: str, otherwise: str) -> Credential:
    """The same for game servers only; anybody else is answered 403 with `otherwise`."""
    if is_guest(call):
        raise Rejected(403, otherwise)
    credential = admit(call, scope)
    if credential.kind != "server":
        raise Rejected(403, otherwise)
    return credential


def admit_reader(call: Call) -> Credential | None:
    """Let in who may check, and guests where the operator lets them read; None is a guest."""
    if call.gateway.guests_may_read and is_guest(call):
        return None
    return admit(call, CHECK)


def plain_holder(gateway: Gateway, message: RawRequestMessage) -> Credential | None:
    """The credential of a request that brings a good one in its header. Raises Rejected."""
    header = message.headers.get("Authorization")
    return None if header is None else _holder(gateway, header)


def is_guest(call: Call) -> bool:
    """Whether a request brings no credential at all."""
    request = call.request
    if "Authorization" in request.headers or PATH_TOKEN in request.match_info:
        return False
    return "token_" not in request.rel_url.raw_query_string or not all(name in request.query for name in _QUERY)


def _found(call: Call, header: str | None) -> Credential | None:
    """The credential of a request that brings one, None for a wrong one. Raises Rejected for one of another form."""
    request = call.request
    if PATH_TOKEN in request.match_info:
        return call.gateway.credentials.find(request.match_info[PATH_TOKEN])
    if header is None:
        header = "_".join(request.query[name] for name in _QUERY)
    return _holder(call.gateway, header)


def _holder(gateway: Gateway, header: str) -> Credential | None:
    form = _HEADER.fullmatch(header) if len(header) <= _LONGEST else None
    if form is None:
        raise Rejected(UNPROCESSABLE, "Authorization: is written SERVER SERVER_ID SERVER_KEY")
    found = gateway.credentials.find(form[3])
    return found if found and found.kind == _KINDS[form[1]] and found.id == form[2].lower() else None
