"""Game servers and tokens: make, list, give a new secret, end."""

import secrets
import string
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Literal

from aiohttp import web

from banstream_contracts import subjects
from banstream_contracts.commands.credentials import CreateCredential, RevokeCredential, RotateCredential
from banstream_contracts.queries.infractions import CredentialPage, ListCredentials
from banstream_contracts.results import CommandResult
from banstream_gateway.answers import accepted_answer, command_answer, credential_json, json_answer
from banstream_gateway.commands import build, has_own_id
from banstream_gateway.endpoints import Call, Handler
from banstream_gateway.native.server_status import summary
from banstream_gateway.problems import UnknownCredential
from banstream_gateway.requests import PageQuery, ServerRequest, TokenRequest
from banstream_runtime.identifiers import new_short_id

SERVER_SCOPES = ("check", "report", "punish")
REVIEWED_SCOPES = ("check", "report")
"""Of a server whose bans wait for staff."""
_PREFIXES = {"server": "bsk", "token": "bst"}
_ALPHABET = string.ascii_letters + string.digits
_SECRET_LENGTH = 48
_HINT = "This may be a repeat. The key was in the first answer; rotate to get a new one."

Kind = Literal["server", "token"]
KINDS: tuple[Kind, ...] = ("server", "token")


async def create_server(call: Call) -> web.Response:
    """Register a game server; its key is shown this once."""
    body: ServerRequest = call.body
    scopes = REVIEWED_SCOPES if body.review else SERVER_SCOPES
    return await _create(call, "server", name=body.name, game=body.game, scopes=scopes, review=body.review)


async def create_token(call: Call) -> web.Response:
    """Make a token; it is shown this once."""
    body: TokenRequest = call.body
    ends = timedelta(seconds=body.expires_in_seconds) if body.expires_in_seconds else None
    expires_at = datetime.now(UTC) + ends if ends else None
    return await _create(call, "token", name=body.name, scopes=body.scopes, expires_at=expires_at, review=body.review)


def listing(kind: Kind) -> Handler:
    """A page of servers or tokens."""

    async def answer(call: Call) -> web.Response:
        query: PageQuery = call.query
        question = ListCredentials(kind=kind, cursor=query.cursor, limit=query.limit)
        page = await call.gateway.queries.ask(subjects.QUERY_CREDENTIALS, question, CredentialPage)
        items = [credential_json(each) for each in page.items]
        if kind == "server":
            items = [{**each, "status": summary(call.gateway, each["id"])} for each in items]
        return json_answer({"items": items, "next": page.next})

    return answer


def rotation(kind: Kind) -> Handler:
    """A new secret; the old one ends at once."""

    async def answer(call: Call) -> web.Response:
        secret = _new_secret(kind)
        command = build(call, RotateCredential, credential_id=_credential_id(call, kind), key_hash=_hashed(secret))
        return await _submit(call, command, secret, 200)

    return answer


def revocation(kind: Kind) -> Handler:
    """End a server or token for good."""

    async def answer(call: Call) -> web.Response:
        command = build(call, RevokeCredential, credential_id=_credential_id(call, kind))
        result = await call.gateway.intake.submit(command)
        content = credential_json(result.credential) if result and result.credential else {}
        return command_answer(result, command.command_id, content)

    return answer


async def _create(call: Call, kind: Kind, **fields: object) -> web.Response:
    secret = _new_secret(kind)
    command = build(call, CreateCredential, credential_id=new_short_id(), kind=kind, key_hash=_hashed(secret), **fields)
    return await _submit(call, command, secret, 201)


async def _submit(call: Call, command: CreateCredential | RotateCredential, secret: str, status: int) -> web.Response:
    submitted = await call.gateway.intake.submitted(command)
    if submitted.result is not None:
        return command_answer(submitted.result, command.command_id, _with_secret(submitted.result, secret), status)
    is_new = has_own_id(call) or submitted.is_first
    shown = {"id": command.credential_id, "key": secret} if is_new else {"hint": _HINT}
    return accepted_answer(command.command_id, shown)


def _with_secret(result: CommandResult, secret: str) -> dict[str, Any]:
    """A repeat gets the first try's result, to which the secret just made does not belong."""
    if result.credential is None:
        return {}
    content = credential_json(result.credential)
    return {**content, **({"key": secret} if result.credential.key_hash == _hashed(secret) else {"hint": _HINT})}


def _new_secret(kind: Kind) -> str:
    """Letters and digits only: real clients put it into paths, config files and fixed buffers."""
    return _PREFIXES[kind] + "".join(secrets.choice(_ALPHABET) for _ in range(_SECRET_LENGTH))


def _hashed(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def _credential_id(call: Call, kind: Kind) -> str:
    """The id in the path; a server is not found among the tokens. Raises UnknownCredential."""
    credential_id = call.short_id("credential_id")
    if credential_id is None or call.gateway.credentials.kind_of(credential_id) not in {kind, None}:
        raise UnknownCredential
    return credential_id
