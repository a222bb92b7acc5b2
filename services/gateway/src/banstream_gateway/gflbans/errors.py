"""Errors as GFLBans' clients read them: a JSON object with a string `detail` (facts gflbans 0.13, 1.1)."""

from collections.abc import Mapping

import orjson
from aiohttp import web

from banstream_gateway.answers import JSON
from banstream_gateway.problems import (
    Forbidden,
    Invalid,
    Malformed,
    MethodNotAllowed,
    NotFound,
    Problem,
    Refused,
    Unauthorized,
    UnsupportedMedia,
)

UNPROCESSABLE = 422
NO_RIGHTS = "Insufficient privileges"
NO_SUCH_INFRACTION = "Infraction ID does not exist."
NO_SUCH_POLICY = "No such policy"
NO_SUCH_ADMIN = "Could not find an admin with which to associate this infraction"

_REFUSALS: Mapping[str, tuple[int, str | None]] = {
    "insufficient-rights": (403, NO_RIGHTS),
    "immune": (403, "Your target is immune"),
    "unknown-admin": (403, NO_SUCH_ADMIN),
    "other-server": (403, "You do not have permission to edit this infraction."),
    "unknown-infraction": (404, NO_SUCH_INFRACTION),
    "unknown-tiering-policy": (404, NO_SUCH_POLICY),
    "not-in-force": (401, None),
    "not-lifted": (401, None),
    "ended": (401, None),
    "invalid-change": (401, None),
    "idempotency-key-reused": (UNPROCESSABLE, None),
}
"""What GFLBans says of a refused command; None says our own reason."""


class Rejected(Problem):
    """An answer of GFLBans' own catalogue."""

    def __init__(self, status: int, detail: str) -> None:
        self.status = status  # type: ignore[misc] # one class for the whole catalogue
        super().__init__(detail)


def unprocessable(where: str, message: str) -> Rejected:
    """A value that cannot be: `where` is its name, as in `player.gs_id`."""
    return Rejected(UNPROCESSABLE, f"{where}: {message}")


def rendered(problem: Problem) -> web.Response:
    """A problem as GFLBans answers it."""
    status, detail = _told(problem)
    return web.Response(
        body=orjson.dumps({"detail": detail}), status=status, headers={**problem.headers, "Content-Type": JSON}
    )


def _told(problem: Problem) -> tuple[int, str]:
    match problem:
        case Refused():
            status, detail = _REFUSALS.get(problem.slug, (problem.status, None))
            return status, detail or problem.detail or problem.title
        case NotFound():
            return 404, "Not Found"
        case MethodNotAllowed():
            return 405, "Method Not Allowed"
        case Unauthorized():
            return 401, "Invalid API Key"
        case Forbidden():
            return 403, problem.detail or NO_RIGHTS
        case Malformed() | UnsupportedMedia():
            return UNPROCESSABLE, problem.detail or problem.title
        case Invalid():
            fields = "; ".join(f"{error['field']}: {error['message']}" for error in problem.errors)
            return UNPROCESSABLE, fields or problem.detail or problem.title
        case _:
            return problem.status, problem.detail or problem.title
