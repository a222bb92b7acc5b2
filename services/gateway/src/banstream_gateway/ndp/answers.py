"""Answers and errors as NDP's clients read them (facts ndp-flask-rewind 1.3, 1.4)."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from uuid import UUID

import orjson
import structlog
from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

from banstream_gateway.answers import JSON
from banstream_gateway.endpoints import Call, Handler
from banstream_gateway.ndp.listing import stamp
from banstream_gateway.problems import Invalid, Problem, Unauthorized, UnsupportedMedia

WRONG_TOKEN = "Authentication failed"  # noqa: S105 - what is said about one
_JAVA_PARAMETER = "{}"
_JAVA_AGENT = "Apache-HttpClient/"

logger = structlog.stdlib.get_logger(__name__)


class HungUp(web.StreamResponse):
    """No answer at all: the connection ends."""

    @property
    def keep_alive(self) -> bool:
        """Nothing follows."""
        return False

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Close the connection without a word."""
        if request.transport is not None:
            request.transport.close()
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is sent."""


def ndp_json(
    content: Mapping[str, object], status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """A JSON object."""
    return web.Response(body=orjson.dumps(content), status=status, headers=headers, content_type=JSON)


def accepted(action: str, username: str, command_id: UUID) -> web.Response:
    """Stored, and carried out later: `/v1/commands/{request_id}` tells when."""
    said = {"action": action, "username": username, "timestamp": now_stamp()}
    return ndp_json({"request_id": str(command_id), "status": "accepted", **said}, 202)


def now_stamp() -> str:
    """The time as NDP writes it."""
    return stamp(datetime.now(UTC))


def allowed(_position: int) -> bytes:
    """What a check says of who is not banned."""
    return b'{"action":"allowed","status":"clean","timestamp":"%s"}' % now_stamp().encode()


def speaking(handler: Handler) -> Handler:
    """The handler with its problems in NDP's form."""

    async def answer(call: Call) -> web.StreamResponse:
        try:
            return await handler(call)
        except Problem as problem:
            return _refused(problem)

    return answer


def never_emptying(handler: Handler) -> Handler:
    """The same for the list of bans, where the Java plugin hears no errors.

    It ignores the status: an object without the list empties its own, and a body that is no JSON ends its polling for
    good. A connection that ends it survives with what it had.
    """
    spoken = speaking(handler)

    async def answer(call: Call) -> web.StreamResponse:
        if not is_java(call.request):
            return await spoken(call)
        return await _or_hung_up(handler, call)

    return answer


def is_java(request: web.Request) -> bool:
    """Whether the Java plugin asks: it sends a parameter named `{}`, and it is the client of Apache."""
    return _JAVA_PARAMETER in request.query or request.headers.get("User-Agent", "").startswith(_JAVA_AGENT)


async def _or_hung_up(handler: Callable[[Call], Awaitable[web.StreamResponse]], call: Call) -> web.StreamResponse:
    try:
        return await handler(call)
    except Problem as problem:
        logger.warning("ban_list_withheld", reason=problem.slug, remote_is_java=True)
        return HungUp(status=problem.status)
    except Exception as error:
        logger.exception("unexpected_error", error=type(error).__name__)
        return HungUp(status=500)


def _refused(problem: Problem) -> web.Response:
    match problem:
        case Unauthorized():
            return ndp_json({"error": WRONG_TOKEN}, 403)
        case UnsupportedMedia():
            return ndp_json({"error": "Invalid JSON"}, 400)
        case Invalid():
            return ndp_json({"error": _fields(problem)}, 400, problem.headers)
        case _:
            return ndp_json({"error": problem.detail or problem.title}, problem.status, problem.headers)


def _fields(problem: Invalid) -> str:
    return "; ".join(f"{each['field']}: {each['message']}" for each in problem.errors) or problem.title
