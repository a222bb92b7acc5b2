"""The commands: each reads what was asked, does what has to be done at once, and leaves what the answer waits for."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from banstream_contracts import subjects
from banstream_contracts.commands.command import Command
from banstream_contracts.players import Player, parse_player
from banstream_contracts.queries.infractions import GetHistory, HistoryPage
from banstream_contracts.results import CommandResult
from banstream_edge.check import Asking, strongest
from banstream_gateway.discord import cards
from banstream_gateway.discord.cards import Message
from banstream_gateway.discord.interactions import Interaction
from banstream_gateway.discord.options import ban_of, player_of, removal_of, typed
from banstream_gateway.discord.texts import Texts
from banstream_gateway.endpoints import CHECK, PUNISH, Call, Gateway
from banstream_gateway.native.checks import held_for, reach
from banstream_gateway.native.infractions import issuing
from banstream_gateway.native.players import lifting
from banstream_gateway.problems import Malformed, Unavailable
from banstream_runtime.telemetry import correlation_id

STORE_SECONDS = 2.0
"""Discord waits three seconds for the first answer, and what was asked is stored before."""

PAGE_LENGTH = 5
_PAGE = "history"
_LONGEST_BUTTON = 100
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 15.0

Show = Callable[[Message], Awaitable[object]]
Work = Callable[[Show], Awaitable[Message]]
"""Makes the message of a deferred answer; what is shown meanwhile goes to its argument."""


class NotStored(Exception):
    """The command was not acknowledged in time."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One command as somebody gave it."""

    call: Call
    interaction: Interaction
    texts: Texts

    @property
    def options(self) -> Mapping[str, str]:
        """What was typed."""
        return typed(self.interaction)


@dataclass(frozen=True, slots=True)
class Known:
    """A command: the scopes of which one is needed, who sees the answer, and how it is carried out."""

    scopes: frozenset[str]
    is_private: bool
    begin: Callable[[Asked], Awaitable[Work]]


async def ban(asked: Asked) -> Work:
    """Ban a player. Raises WrongOption, Problem or NotStored."""
    asked.call.body = ban_of(asked.options)
    command = issuing(asked.call)
    await _store(asked.call.gateway, command)

    async def work(show: Show) -> Message:
        result = await _outcome(asked, command, show)
        if result is None or not result.infractions:
            return cards.said(asked.texts, "undecided")
        return cards.banned(asked.texts, result.infractions[0])

    return work


async def unban(asked: Asked) -> Work:
    """Take the bans off a player. Raises WrongOption, Problem or NotStored."""
    player = player_of(asked.options)
    body = removal_of(asked.options)
    asked.call.body = body
    command = lifting(asked.call, player)
    await _store(asked.call.gateway, command)

    async def work(show: Show) -> Message:
        result = await _outcome(asked, command, show)
        if result is None:
            return cards.said(asked.texts, "undecided")
        return cards.unbanned(asked.texts, player, body.reason, result.infractions)

    return work


async def check(asked: Asked) -> Work:
    """What restricts a player now, from memory. Raises WrongOption or Unavailable."""
    player, gateway = player_of(asked.options), asked.call.gateway
    await reach(asked.call, [player.token], None)

    async def work(_show: Show) -> Message:
        found = strongest(held_for(gateway, [player.token]), Asking(), datetime.now(UTC))
        return cards.checked(asked.texts, player, found, gateway.watches.restrictions.stale_seconds())

    return work


async def history(asked: Asked) -> Work:
    """What happened to a player, newest first. Raises WrongOption."""
    return _page(asked, player_of(asked.options), None)


async def turn_page(asked: Asked) -> Work:
    """The page of a history that a button asks for. Raises Malformed."""
    name, _, rest = asked.interaction.data.custom_id.partition("|")
    cursor, _, player = rest.partition("|")
    if name != _PAGE:
        raise Malformed("This button is not ours.")
    try:
        question = GetHistory(player=parse_player(player), cursor=cursor or None)
    except ValueError:
        raise Malformed("This button is not ours.") from None
    return _page(asked, question.player, question.cursor)


READ = frozenset({CHECK, PUNISH})
COMMANDS: Mapping[str, Known] = {
    "ban": Known(frozenset({PUNISH}), is_private=False, begin=ban),
    "unban": Known(frozenset({PUNISH}), is_private=False, begin=unban),
    "check": Known(READ, is_private=True, begin=check),
    "history": Known(READ, is_private=True, begin=history),
}
"""Every command by its name."""

PAGES = Known(READ, is_private=True, begin=turn_page)


def _page(asked: Asked, player: Player, cursor: str | None) -> Work:
    async def work(_show: Show) -> Message:
        question = GetHistory(player=player, cursor=cursor, limit=PAGE_LENGTH)
        page = await asked.call.gateway.queries.ask(subjects.QUERY_HISTORY, question, HistoryPage)
        wanted = {"newest": "" if cursor else None, "older": page.next}
        sent = {text_id: f"{_PAGE}|{at}|{player}" for text_id, at in wanted.items() if at is not None}
        buttons = {text_id: custom_id for text_id, custom_id in sent.items() if len(custom_id) <= _LONGEST_BUTTON}
        return cards.history(asked.texts, player, page.items, buttons)

    return work


async def _store(gateway: Gateway, command: Command) -> None:
    """Raises NotStored or TooLarge. It may have been stored all the same: who asked is told to look."""
    try:
        async with asyncio.timeout(STORE_SECONDS):
            await gateway.intake.store(command)
    except (TimeoutError, Unavailable):
        raise NotStored from None


async def _outcome(asked: Asked, command: Command, show: Show) -> CommandResult | None:
    """What became of a stored command, however long that takes; whoever waits for it sets the end.

    Sent again it is the same command, so JetStream keeps one, and the outcome is asked for. Raises Refused.
    """
    pause, has_told = _FIRST_PAUSE, False
    while True:
        result = await _asked_for(asked.call.gateway, command)
        if result is not None:
            return result
        if not has_told:
            await show(cards.said(asked.texts, "waiting"))
            has_told = True
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


async def _asked_for(gateway: Gateway, command: Command) -> CommandResult | None:
    try:
        return await gateway.intake.submit(command)
    except Unavailable:
        return None


def trace() -> str:
    """Where the log says more."""
    return correlation_id().hex
