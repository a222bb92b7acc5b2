"""What can be wrong with a request or with us; only the gateway knows status codes."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from banstream_contracts.faults import faults_of
from banstream_contracts.results import Refusal
from banstream_gateway.refusals import REFUSALS

MOST_ERRORS = 20


class Problem(Exception):
    """An expected failure (RFC 9457). `errors` names fields, `members` extend the document; `headers` are HTTP's."""

    status: ClassVar[int] = 500
    slug: ClassVar[str] = "internal-error"
    title: ClassVar[str] = "Internal error"

    def __init__(
        self,
        detail: str | None = None,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.errors = errors
        self.members = dict(members or {})
        self.headers = dict(headers or {})

    def document(self, trace_id: str) -> dict[str, Any]:
        """The problem as JSON."""
        document: dict[str, Any] = {
            "type": f"urn:banstream:problem:{self.slug}",
            "title": self.title,
            "status": self.status,
        }
        if self.detail:
            document["detail"] = self.detail
        if self.errors:
            document["errors"] = list(self.errors)
        return {**document, **self.members, "trace_id": trace_id}


class Malformed(Problem):
    """The request cannot be read."""

    status, slug, title = 400, "malformed", "The request cannot be read"


class BadAddress(Problem):
    """What should be an IP address is none."""

    status, slug, title = 400, "bad-address", "This is no IP address"


class Unauthorized(Problem):
    """Missing, wrong, revoked or expired: the answer never tells which."""

    status, slug, title = 401, "unauthorized", "A valid credential is needed"

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": 'Bearer realm="banstream"'})


class Forbidden(Problem):
    """The credential is good, but not for this."""

    status, slug, title = 403, "forbidden", "This credential may not do that"


class NotFound(Problem):
    """No such path."""

    status, slug, title = 404, "not-found", "Nothing is here"


class UnknownInfraction(Problem):
    """No infraction has this id."""

    status, slug, title = 404, "unknown-infraction", "There is no such infraction"


class UnknownImport(Problem):
    """No import has this id, or later ones have brought all that it had."""

    status, slug, title = 404, "unknown-import", "There is no such import"


class UnknownIncident(Problem):
    """No incident has this id."""

    status, slug, title = 404, "unknown-incident", "There is no such incident"


class UnknownPolicy(Problem):
    """No policy has this id, or it never had this version."""

    status, slug, title = 404, "unknown-policy", "There is no such policy"


class UnknownTarget(Problem):
    """No target has this id."""

    status, slug, title = 404, "unknown-target", "There is no such target"


class UnreadableTarget(Problem):
    """The target is there, and a release of ours cannot read it. `members` are what is known all the same."""

    status, slug, title = 409, "unreadable-target", "The target is there and cannot be read"


class UnknownLogSource(Problem):
    """No source of logs has this id."""

    status, slug, title = 404, "unknown-log-source", "There is no such source of logs"


class UnreadableLogSource(Problem):
    """The source is there, and a release of ours cannot read it. `members` are what is known all the same."""

    status, slug, title = 409, "unreadable-log-source", "The source of logs is there and cannot be read"


class UnknownBanFile(Problem):
    """No ban file has this id."""

    status, slug, title = 404, "unknown-ban-file", "There is no such ban file"


class UnreadableBanFile(Problem):
    """The ban file is there, and a release of ours cannot read it. `members` are what is known all the same."""

    status, slug, title = 409, "unreadable-ban-file", "The ban file is there and cannot be read"


class UnknownDelivery(Problem):
    """The target was never told this event."""

    status, slug, title = 404, "unknown-delivery", "There is no such delivery"


class UnknownCredential(Problem):
    """No server or token has this id."""

    status, slug, title = 404, "unknown-credential", "There is no such server or token"


class UnknownRequest(Problem):
    """No request for review has this id."""

    status, slug, title = 404, "unknown-request", "There is no such request for review"


class UnknownAppeal(Problem):
    """No appeal has this id."""

    status, slug, title = 404, "unknown-appeal", "There is no such appeal"


class UnknownCommand(Problem):
    """Nobody has accepted a command with this id, or it is not known here yet."""

    status, slug, title = 404, "unknown-command", "This command is not known (yet)"


class MethodNotAllowed(Problem):
    """The path is there, the method is not."""

    status, slug, title = 405, "method-not-allowed", "This path has no such method"


class TooSlow(Problem):
    """The request did not come in whole in time."""

    status, slug, title = 408, "request-timeout", "The request took too long to arrive"


class CursorExpired(Problem):
    """What came after this cursor is not known any more: read the state, then go on from the present cursor."""

    status, slug, title = 410, "cursor-expired", "The cursor is too old, or of another stream"

    def __init__(self, cursor: str, snapshot: str) -> None:
        super().__init__(members={"cursor": cursor, "snapshot": snapshot})


class TooLarge(Problem):
    """The body, inflated where it was packed, is larger than the limit."""

    status, slug, title = 413, "too-large", "The body is too large"


class UnsupportedMedia(Problem):
    """Another content type or encoding than JSON, plain or gzip."""

    status, slug, title = 415, "unsupported-media-type", "The body has to be JSON"


class Invalid(Problem):
    """The request can be read, but its values are wrong."""

    status, slug, title = 422, "invalid", "The request holds invalid values"


class TooMany(Problem):
    """A credential or address came too often."""

    status, slug, title = 429, "too-many-requests", "Too many requests"

    def __init__(self, seconds: float) -> None:
        super().__init__(headers={"Retry-After": str(max(1, round(seconds + 0.5)))})


class Unavailable(Problem):
    """What is needed for the answer is away; asking again with the same Idempotency-Key is safe."""

    status, slug, title = 503, "unavailable", "Temporarily unavailable"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers={"Retry-After": "2"})


class Refused(Problem):
    """A command that was not carried out."""

    title = "The command was refused"

    def __init__(self, refusal: Refusal) -> None:
        self.status, self.slug = REFUSALS[refusal.code], refusal.code  # type: ignore[misc] # one class for the whole table
        self.refusal = refusal
        super().__init__(None if refusal.code == "failed" else refusal.message)


class IncidentRefused(Problem):
    """The one incident of a request does not count: its policy does not allow for it."""

    status, slug, title = 422, "incident-refused", "The incident was refused"


class KeyReused(Problem):
    """The Idempotency-Key was used before for another request."""

    status, slug, title = 422, "idempotency-key-reused", "The Idempotency-Key was used for another request"


def invalid(field: str, message: str) -> Invalid:
    """One field is wrong."""
    return Invalid(errors=[{"field": _printable(field), "message": message}])


def invalid_fields(error: ValidationError, *within: str) -> Invalid:
    """The fields that pydantic found wrong; `within` is where they stand, if not in the body."""
    return Invalid(errors=wrong_fields(error, *within))


def wrong_fields(error: ValidationError, *within: str) -> list[dict[str, str]]:
    """The fields that pydantic found wrong, never with their values."""
    return [
        {"field": _printable(".".join(str(step) for step in (*within, *each["loc"]))), "message": message_of(each)}
        for each in faults_of(error)[:MOST_ERRORS]
    ]


def message_of(found: ErrorDetails) -> str:
    """What is wrong, in the words of JSON; in our own where a validator of ours said it."""
    match found["type"]:
        case "model_type" | "dict_type":
            return "is no JSON object"
        case "tuple_type" | "list_type":
            return "is no list"
        case "int_type" | "int_from_float":
            return "is no whole number"
        case "too_long":
            return f"has too many entries: at most {found['ctx']['max_length']}"
        case "too_short":
            return f"has too few entries: at least {found['ctx']['min_length']}"
        case _:
            return found["msg"].removeprefix("Value error, ")


def _printable(text: str) -> str:
    """A field's name may come from outside: a lone surrogate in it is no UTF-8."""
    return text.encode("utf-8", "replace").decode()[:200]
