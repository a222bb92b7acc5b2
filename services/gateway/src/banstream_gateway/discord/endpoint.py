"""`POST /discord/interactions`: let Discord in, answer at once, and finish in the background."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import structlog
from aiohttp import web

from banstream_gateway.answers import json_answer
from banstream_gateway.bodies import Bodies, parsed
from banstream_gateway.discord import cards
from banstream_gateway.discord.cards import Message
from banstream_gateway.discord.carrying_out import COMMANDS, PAGES, Asked, Known, NotStored, Work, trace
from banstream_gateway.discord.interactions import EPHEMERAL, Callback, Interaction, Kind, is_ping, read
from banstream_gateway.discord.options import WrongOption
from banstream_gateway.discord.people import Roles, person_of, player_of
from banstream_gateway.discord.replies import TOKEN_SECONDS, Replies
from banstream_gateway.discord.signatures import BadSignature, Signatures
from banstream_gateway.discord.suggestions import suggestions
from banstream_gateway.discord.texts import Texts, texts_for
from banstream_gateway.endpoints import Call, Endpoint
from banstream_gateway.limits import Rate
from banstream_gateway.problems import Malformed, Problem, Refused, Unavailable

PATH = "/discord/interactions"
PER_SECOND, BURST = 1.0, 10.0
"""Commands of one user."""

_MOST_PENDING = 1000
_LARGEST_BODY = 128 * 1024
_FINISH_SECONDS = 60.0
"""Kept of the token's time for the last message."""

_CLOSE_SECONDS = 2.0

logger = structlog.stdlib.get_logger(__name__)


class Interactions:
    """Answers the interactions of one application. `are_admins_loaded`: whether it is known who is an admin."""

    def __init__(
        self,
        signatures: Signatures,
        application_id: str,
        roles: Roles,
        replies: Replies,
        *,
        body_seconds: float,
        are_admins_loaded: Callable[[], bool],
    ) -> None:
        self._signatures = signatures
        self._application_id = application_id
        self._roles = roles
        self._replies = replies
        self._are_admins_loaded = are_admins_loaded
        self._bodies = Bodies(_LARGEST_BODY, body_seconds)
        self._rate = Rate(PER_SECOND, BURST)
        self._pending: set[asyncio.Task[None]] = set()
        self.endpoint = Endpoint("POST", PATH, self.answer, "What people do at Discord.", is_hidden=True)

    async def answer(self, call: Call) -> web.Response:
        """One interaction. Raises BadSignature, Malformed, TooLarge, ….

        What Discord's user did wrong is a message of status 200: it shows no other.
        """
        body = await self._bodies.raw(call.request)
        try:
            self._signatures.require(call.request.headers, body, time.time())
        except BadSignature:
            call.gateway.metrics.refused_credentials.inc()
            raise
        content = parsed(body, refuse_duplicates=False)
        if is_ping(content):
            return json_answer({"type": Callback.PONG})
        interaction = read(content)
        if interaction.application_id != self._application_id:
            raise Malformed("This is an interaction of another application.")
        return json_answer(await self._answered(call, interaction))

    async def close(self) -> None:
        """Give answers that are on their way a moment; what was stored is carried out whether they arrive or not."""
        if self._pending:
            await asyncio.wait(self._pending, timeout=_CLOSE_SECONDS)
        for task in self._pending:
            task.cancel()
        await asyncio.gather(*self._pending, return_exceptions=True)
        await self._replies.close()

    async def _answered(self, call: Call, interaction: Interaction) -> dict[str, Any]:
        texts = texts_for(interaction.locale)
        if interaction.type == Kind.AUTOCOMPLETE:
            return {"type": Callback.CHOICES, "data": {"choices": suggestions(interaction, texts)}}
        known = PAGES if interaction.type == Kind.COMPONENT else COMMANDS.get(interaction.data.name)
        if known is None or interaction.type not in {Kind.COMMAND, Kind.COMPONENT}:
            return _private(cards.said(texts, "unknown-command"))
        if refusal := self._refusal(call, interaction, texts, known):
            return _private(refusal)
        asked = Asked(call, interaction, texts)
        try:
            work = await known.begin(asked)
        except WrongOption as error:
            return _private(cards.wrong(texts, error.option, error.why, error.detail))
        except NotStored:
            return _private(cards.said(texts, "not-stored"))
        except Unavailable:
            return _private(cards.said(texts, "not-ready"))
        except Problem as problem:
            return _private(_problem(texts, problem))
        self._start(asked, work)
        if interaction.type == Kind.COMPONENT:
            return {"type": Callback.DEFERRED_UPDATE}
        flags = EPHEMERAL if known.is_private else 0
        return {"type": Callback.DEFERRED_MESSAGE, "data": {"flags": flags}}

    def _refusal(self, call: Call, interaction: Interaction, texts: Texts, known: Known) -> Message | None:
        """Why somebody may not do something; else the call is theirs from here on."""
        if not self._are_admins_loaded():
            return cards.said(texts, "not-ready")
        call.person = person_of(interaction, self._roles, call.gateway.admins.by_player(player_of(interaction)))
        if known.scopes.isdisjoint(call.person.scopes):
            logger.info("discord_scope_missing", command=interaction.data.name, needs=sorted(known.scopes))
            return message_of_scopes(texts, known)
        if wait := self._rate.take(interaction.asker.id, time.monotonic()):
            call.gateway.metrics.rate_limited.labels("discord").inc()
            return cards.said(texts, "too-many", seconds=int(wait) + 1)
        return cards.said(texts, "busy") if len(self._pending) >= _MOST_PENDING else None

    def _start(self, asked: Asked, work: Work) -> None:
        task = asyncio.create_task(self._finish(asked, work))
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)

    async def _finish(self, asked: Asked, work: Work) -> None:
        interaction = asked.interaction
        end = asyncio.get_running_loop().time() + TOKEN_SECONDS

        async def show(message: Message) -> bool:
            return await self._replies.change(interaction.token, message, interaction.id, end)

        try:
            async with asyncio.timeout_at(end - _FINISH_SECONDS):
                message = await work(show)
        except TimeoutError:
            message = cards.said(asked.texts, "undecided")
        except Problem as problem:
            message = _problem(asked.texts, problem)
        except Exception as error:
            logger.exception("unexpected_error", error=type(error).__name__, trace_id=trace())
            message = cards.said(asked.texts, "failed", trace=trace())
        await show(message)


def message_of_scopes(texts: Texts, known: Known) -> Message:
    """Which scope is missing, the least of those that would do."""
    return cards.said(texts, "not-allowed", scope=min(known.scopes))


def _problem(texts: Texts, problem: Problem) -> Message:
    match problem:
        case Refused(refusal=refusal):
            special = f"refused-{refusal.code}"
            return cards.said(texts, special if texts.knows(special) else "refused", cards.RED, why=refusal.message)
        case Unavailable():
            return cards.said(texts, "away")
        case _:
            return cards.said(texts, "refused", cards.RED, why=problem.detail or problem.title)


def _private(message: Message) -> dict[str, Any]:
    return {"type": Callback.MESSAGE, "data": {**message, "flags": EPHEMERAL}}
