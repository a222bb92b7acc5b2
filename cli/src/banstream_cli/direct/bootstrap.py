"""The first credentials, made by the operator over NATS: nobody has a token yet that could ask a gateway."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

from nats.aio.client import Client
from pydantic import ValidationError

from banstream_cli.arguments.validation import first_message
from banstream_cli.direct.bus import operator
from banstream_cli.direct.commanding import RESULT_SECONDS, carried_out
from banstream_cli.direct.default_networks import default_networks
from banstream_cli.settings import NatsLogin
from banstream_cli.stack.access import OPERATOR, Access
from banstream_cli.stack.credentials import DevCredentials
from banstream_cli.stack.errors import StackError
from banstream_cli.terminal.exits import AnswerIsNo, Stuck, Trouble
from banstream_contracts import streams, subjects
from banstream_contracts.commands.command import Command
from banstream_contracts.commands.credentials import CreateCredential
from banstream_contracts.commands.networks import MarkNetworks
from banstream_contracts.infractions import Actor
from banstream_contracts.queries.audit import EventPage, ListEvents
from banstream_contracts.results import CommandResult
from banstream_runtime.identifiers import (
    SERVER_KEY_PREFIX,
    TOKEN_PREFIX,
    new_id,
    new_secret,
    new_short_id,
    secret_hash,
)

Kind = Literal["server", "token"]
Scope = Literal["check", "report", "punish", "admin"]

_PREFIXES: dict[Kind, str] = {"server": SERVER_KEY_PREFIX, "token": TOKEN_PREFIX}
_BOOTSTRAP = Actor(kind="system", id="bootstrap")
_PLAIN: tuple[Scope, ...] = ("check", "report", "punish")


async def create_credential(
    client: Client,
    *,
    kind: Kind,
    name: str,
    scopes: Sequence[Scope],
    expires_at: datetime | None = None,
    result_seconds: float = RESULT_SECONDS,
) -> tuple[str, str]:
    """Its id and its secret, once infractions has made it.

    Raises Stuck (not stored), Unconfirmed (stored, no result in time: nobody will know its secret) or AnswerIsNo.
    """
    made = new_short_id(), new_secret(_PREFIXES[kind])
    await _create(client, made, kind=kind, name=name, scopes=scopes, expires_at=expires_at, seconds=result_seconds)
    return made


async def mark_defaults(client: Client) -> None:
    """Mark the networks that a new installation starts with. Raises Stuck, Unconfirmed or AnswerIsNo."""
    command = MarkNetworks(
        command_id=new_id(),
        issued_at=datetime.now(UTC),
        actor=_BOOTSTRAP,
        correlation_id=new_id(),
        marks=default_networks(),
    )
    result = await _carried_out(client, command, "the list of networks", RESULT_SECONDS)
    if result.refusal is not None:
        raise AnswerIsNo(f"the networks were not marked: {result.refusal.message}")


async def mint_dev_credentials(access: Access, wanted: DevCredentials) -> None:
    """A game server, two tokens and the first networks for a developer's machine; again changes nothing.

    Raises StackError.
    """
    login = NatsLogin(access.nats_url, OPERATOR, access.secrets.nats[OPERATOR])
    token_id, admin_id = wanted.token_ids
    server, token, admin = (
        (wanted.server_id, wanted.server_key),
        (token_id, wanted.token),
        (admin_id, wanted.admin_token),
    )
    try:
        async with operator(login) as client:
            await asyncio.gather(
                _create(client, server, kind="server", name="dev server", scopes=_PLAIN),
                _create(client, token, kind="token", name="dev token", scopes=_PLAIN),
                _create(client, admin, kind="token", name="dev admin", scopes=(*_PLAIN, "admin")),
                _mark_defaults_once(client),
            )
    except Trouble as trouble:
        raise StackError(f"no credentials were made: {trouble}") from trouble


async def _create(
    client: Client,
    credential: tuple[str, str],
    *,
    kind: Kind,
    name: str,
    scopes: Sequence[Scope],
    expires_at: datetime | None = None,
    seconds: float = RESULT_SECONDS,
) -> None:
    """With this id and this secret; infractions makes it once, however many commands say so."""
    credential_id, secret = credential
    try:
        command = CreateCredential(
            command_id=new_id(),
            issued_at=datetime.now(UTC),
            actor=_BOOTSTRAP,
            correlation_id=new_id(),
            credential_id=credential_id,
            kind=kind,
            name=name,
            scopes=tuple(scopes),
            key_hash=secret_hash(secret),
            expires_at=expires_at,
        )
    except ValidationError as error:
        raise Stuck(f"the {kind} cannot be called that: {first_message(error)}") from error
    result = await _carried_out(client, command, name, seconds)
    if result.refusal is not None:
        raise AnswerIsNo(f"{name} was not made: {result.refusal.message}")


async def _mark_defaults_once(client: Client) -> None:
    """A log that has come back, as from a backup, says of networks what staff have made of them since."""
    question = ListEvents(kinds=("network.*",), limit=1).model_dump_json(exclude_none=True).encode()
    reply = await client.request(subjects.query_events(streams.INFRACTIONS), question, timeout=RESULT_SECONDS)
    if not reply.data:
        raise Stuck("infractions cannot read its log: see what it says")
    if not EventPage.model_validate_json(reply.data).items:
        await mark_defaults(client)


async def _carried_out(client: Client, command: Command, name: str, seconds: float) -> CommandResult:
    late = f"{name} is stored but not made after {seconds:g} s: start infractions, then make another one"
    return await carried_out(client, command, late, seconds)
