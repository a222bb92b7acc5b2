"""Accounts as the operator sees them: read from the bucket, changed by commands over NATS."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import nats.js.errors
from nats.aio.client import Client
from pydantic import TypeAdapter, ValidationError

from banstream_cli.arguments.validation import first_message
from banstream_cli.direct.commanding import RESULT_SECONDS, carried_out
from banstream_cli.terminal.exits import AnswerIsNo, Stuck
from banstream_contracts import streams
from banstream_contracts.accounts import INVITATION_SECONDS, AccountEntry, Login, account_id
from banstream_contracts.commands.accounts import OPERATOR, AccountCommand
from banstream_contracts.results import CommandResult
from banstream_runtime.identifiers import new_id, secret_hash

Asked = TypeVar("Asked", bound=AccountCommand)

_TOKEN_BYTES = 32
_LOGIN: TypeAdapter[str] = TypeAdapter(Login)
_LATE = "stored, but infractions has not carried it out: start infractions, and look with `banstream accounts list`"


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link that sets a password, once, and what a command says of it."""

    link: str = field(repr=False)
    until: datetime
    fields: Mapping[str, object]


def new_invitation(console_url: str) -> Invitation:
    """Its token is told to nobody but whoever reads the link."""
    token, until = secrets.token_urlsafe(_TOKEN_BYTES), datetime.now(UTC) + timedelta(seconds=INVITATION_SECONDS)
    return Invitation(f"{console_url}/join/{token}", until, {"invitation": secret_hash(token), "invited_until": until})


def command_for(kind: type[Asked], login: str, values: Mapping[str, object]) -> Asked:
    """What the operator asks of one account. Raises Stuck for values that cannot be."""
    try:
        _LOGIN.validate_python(login)
    except ValidationError:
        raise Stuck(
            f"{login} is no name: write 2 to 32 of a-z, 0-9, dot, - and _, the first a letter or digit"
        ) from None
    asked = {
        "command_id": new_id(),
        "issued_at": datetime.now(UTC),
        "actor": OPERATOR,
        "correlation_id": new_id(),
        "account_id": account_id(login),
    }
    try:
        return kind.model_validate({**asked, **values})
    except ValidationError as error:
        raise Stuck(first_message(error)) from error


async def change(client: Client, command: AccountCommand, seconds: float = RESULT_SECONDS) -> CommandResult:
    """Carry a command out. Raises AnswerIsNo where it is refused, Stuck and Unconfirmed."""
    result = await carried_out(client, command, _LATE, seconds)
    if result.refusal is not None:
        raise AnswerIsNo(result.refusal.message)
    return result


async def accounts(client: Client) -> list[AccountEntry]:
    """Every account by its name, straight from the bucket: also while infractions is away."""
    bucket = await client.jetstream().key_value(streams.ACCOUNTS_BUCKET)
    try:
        keys = {*await bucket.keys()} - {streams.POSITION_KEY, streams.FILLING_KEY}
    except nats.js.errors.NoKeysError:
        return []
    entries = [AccountEntry.model_validate_json((await bucket.get(key)).value or b"") for key in keys]
    return sorted(entries, key=lambda each: each.login)
