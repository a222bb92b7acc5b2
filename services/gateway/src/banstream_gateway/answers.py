"""What clients get, as documented in OpenAPI, and how contract objects become it."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import orjson
from aiohttp import web
from pydantic import BaseModel, ConfigDict

from banstream_contracts.infractions import Actor, Credential, Infraction, Lifetime, Punishment
from banstream_contracts.players import Player
from banstream_contracts.queries.infractions import HistoryEntry
from banstream_contracts.results import CommandResult
from banstream_gateway.appeal_invitations import AppealInvitations, invited
from banstream_gateway.held.standings import Restriction
from banstream_gateway.problems import Problem

JSON = "application/json"
POSITION = "Banstream-Position"


class Answer(BaseModel):
    """Base of every answer: documentation; the bodies themselves are written directly."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class AppealInvitation(Answer):
    """Where the player may appeal, and the code that opens it."""

    url: str
    code: str


class RestrictionAnswer(Answer):
    """The strongest restriction of one kind."""

    infraction_id: str
    reason: str
    expires_at: datetime | None = None
    time_left_seconds: int | None = None
    appeal: AppealInvitation | None = None
    """Of bans, where the gateway knows the console's address."""


class RestrictionsAnswer(Answer):
    """What restricts a player now, by punishment; what is not restricted is left out."""

    restrictions: dict[str, RestrictionAnswer]
    position: int


class CheckedPlayer(Answer):
    """One player of a bulk check."""

    player: Player
    restrictions: dict[str, RestrictionAnswer]


class BulkCheckAnswer(Answer):
    """The players in the order asked."""

    results: tuple[CheckedPlayer, ...]
    position: int


class InfractionPageAnswer(Answer):
    """A page; `next` is the cursor of the following one, null at the end."""

    items: tuple[Infraction, ...]
    next: str | None


class HistoryPageAnswer(Answer):
    """A page of what happened, newest first."""

    items: tuple[HistoryEntry, ...]
    next: str | None


class LiftedAnswer(Answer):
    """What was lifted; empty where nothing was in force."""

    infractions: tuple[Infraction, ...]
    position: int


class AcceptedAnswer(Answer):
    """Stored durably; the outcome is at `Location`."""

    command_id: UUID
    status: Literal["accepted"]


class ServerSummary(Answer):
    """What the last beat of a server said; only `online` where none came in 15 minutes."""

    online: bool
    last_beat_at: datetime | None = None
    hostname: str | None = None
    map: str | None = None
    mod: str | None = None
    operating_system: str | None = None
    max_slots: int | None = None
    locked: bool | None = None
    player_count: int | None = None


class ServerStatusAnswer(ServerSummary):
    """The same, and who is there."""

    server_id: str
    players: tuple[Player, ...] = ()


class CredentialAnswer(Answer):
    """A server or token, without its secret; `status` is of servers, in lists."""

    id: str
    kind: Literal["server", "token"]
    name: str
    scopes: tuple[str, ...]
    game: str | None = None
    review: bool = False
    """Whether the bans that it asks for wait for staff."""
    created_at: datetime
    created_by: Actor
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    status: ServerSummary | None = None


class NewCredentialAnswer(CredentialAnswer):
    """A server or token with its secret, which is never shown again."""

    key: str | None = None
    hint: str | None = None
    """Why there is no key: the request was a repeat, and the secret was in the first answer."""


class AcceptedCredentialAnswer(AcceptedAnswer):
    """The same, with the secret, which is never shown again; it opens once what is at `Location` has this `id`."""

    id: str | None = None
    key: str | None = None
    hint: str | None = None
    """Why there is no key: the request was a repeat, and the secret was in the first answer."""


class CredentialPageAnswer(Answer):
    """A page of servers or tokens."""

    items: tuple[CredentialAnswer, ...]
    next: str | None


class FieldError(Answer):
    """What is wrong with one field."""

    field: str
    message: str


class ProblemAnswer(Answer):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str | None = None
    errors: tuple[FieldError, ...] = ()
    trace_id: str


def json_answer(content: object, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """JSON; times end in Z."""
    body = orjson.dumps(content, option=orjson.OPT_UTC_Z)
    return web.Response(body=body, status=status, headers={**(headers or {}), "Content-Type": JSON})


def problem_answer(problem: Problem, trace_id: str) -> web.Response:
    """A problem as the native API tells it."""
    response = json_answer(problem.document(trace_id), problem.status, problem.headers)
    response.content_type = "application/problem+json"
    return response


def command_answer(result: CommandResult | None, command_id: UUID, content: object, status: int = 200) -> web.Response:
    """The content of a carried out command, or that it was accepted."""
    if result is None:
        return accepted_answer(command_id, {})
    return json_answer(content, status, {POSITION: str(result.position)})


def accepted_answer(command_id: UUID, shown: dict[str, str]) -> web.Response:
    """202: stored durably, and where the outcome will be."""
    accepted = {"command_id": str(command_id), "status": "accepted", **shown}
    return json_answer(accepted, 202, {"Location": f"/v1/commands/{command_id}"})


def restrictions_json(
    found: dict[str, Restriction], appeals: AppealInvitations | None = None
) -> dict[str, dict[str, Any]]:
    """The restrictions by punishment; a ban with an invitation to appeal."""
    content = {punishment: _restriction_json(restriction) for punishment, restriction in found.items()}
    if (ban := found.get(Punishment.BAN)) and (appeal := invited(ban, appeals)):
        content[Punishment.BAN]["appeal"] = appeal
    return content


def _restriction_json(restriction: Restriction) -> dict[str, Any]:
    content: dict[str, Any] = {"infraction_id": restriction.infraction_id, "reason": restriction.reason}
    if restriction.lifetime == Lifetime.TIMED:
        content["expires_at"] = restriction.expires_at
    elif restriction.lifetime == Lifetime.ONLINE:
        content["time_left_seconds"] = restriction.time_left_seconds
    return content


def infraction_json(infraction: Infraction, *, for_staff: bool) -> dict[str, Any]:
    """An infraction; its note, what is of its address, where it was imported from and who is exempt are for staff."""
    hidden: dict[str, Any] = {"imported": {"digest", "position"}}
    if not for_staff:
        hidden = dict.fromkeys(("note", "address_hash", "address_expires_at", "imported", "exempt"), True)
    content: dict[str, Any] = infraction.model_dump(mode="json", exclude_none=True, exclude=hidden)
    return content


def history_json(entry: HistoryEntry, *, for_staff: bool) -> dict[str, Any]:
    """One event of a player; notes, what is of an address, what of an import and exempt players are for staff."""
    content: dict[str, Any] = entry.model_dump(mode="json", exclude_none=True)
    if not for_staff:
        for field in ("note", "address_hash", "address_expires_at", "import_id", "source", "row"):
            content["event"].pop(field, None)
        if isinstance(content["event"].get("changes"), dict):
            for field in ("note", "address_expires_at", "exempt"):
                content["event"]["changes"].pop(field, None)
    return content


def credential_json(credential: Credential) -> dict[str, Any]:
    """A credential without the hash of its secret."""
    content: dict[str, Any] = credential.model_dump(mode="json", exclude_none=True, exclude={"key_hash", "position"})
    return content
