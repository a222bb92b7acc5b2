"""What is sent next to a target: several embeds in one message, a change of a message, one event to a webhook."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

import aiohttp
import structlog
from pydantic import ValidationError

from banstream_contracts.events.infractions import AnyInfractionEvent
from banstream_contracts.infraction_messages import AnyCallEvent
from banstream_notifier import webhook
from banstream_notifier.destinations import Destination
from banstream_notifier.discord import Discord
from banstream_notifier.envelope import Envelope
from banstream_notifier.erasing import ERASURE, Erased, call_without, card_without, embed_without, gone_with, players_of
from banstream_notifier.ledger import Ledger, Shown
from banstream_notifier.outcomes import MessageGone, Refused, Sent
from banstream_notifier.record import Record
from banstream_notifier.rendering import call_cards, call_sheets, cards, event_sheets, infraction_sheets
from banstream_notifier.rendering.call_cards import CallCard
from banstream_notifier.rendering.cards import Card
from banstream_notifier.rendering.render import MOST_EMBEDS, MOST_TEXT, Embed, render, size
from banstream_notifier.rendering.sheets import Sheet
from banstream_notifier.texts import texts

_NOTHING_TO_CHANGE = 204
_ROOM_TO_CHANGE = 150
"""Kept free for each embed: a message that is full could not show that a ban was lifted, and why."""

logger = structlog.stdlib.get_logger(__name__)

ServerNamesOf = Callable[[Sequence[Envelope]], Awaitable[Mapping[str, str]]]
"""Looks up what the servers that events name are called."""


@dataclass(frozen=True, slots=True)
class Group:
    """The first events that wait, and one request that tells them. `changes` is the message it changes."""

    told: Sequence[Envelope]
    send: Callable[[], Awaitable[Sent]]
    shown: Sequence[Shown] = ()
    changes: str | None = None


class Teller(Protocol):
    """How one target is told."""

    async def group(self, waiting: Sequence[Envelope]) -> Group:
        """The next request, of one event at least. Raises Refused where the first one cannot be told."""

    def alone(self, until: int) -> None:
        """One event a request, up to a place: one of a group was refused, and nobody said which."""

    def anew(self, sequence: int) -> None:
        """The event at a place by a message of its own: the one that it changes was deleted, or is out of reach."""


class WebhookTeller:
    """One event a request."""

    def __init__(self, session: aiohttp.ClientSession, destination: Destination) -> None:
        self._session = session
        self._destination = destination

    async def group(self, waiting: Sequence[Envelope]) -> Group:
        """The first."""
        first = waiting[0]
        return Group([first], lambda: webhook.send(self._session, self._destination, first, datetime.now(UTC)))

    def alone(self, until: int) -> None:
        """Always so."""

    def anew(self, sequence: int) -> None:
        """Always so."""


class DiscordTeller:
    """As many embeds in a message as Discord takes; the message of an infraction or a call follows it."""

    def __init__(
        self, discord: Discord, destination: Destination, record: Record, ledger: Ledger, server_names: ServerNamesOf
    ) -> None:
        self._discord = discord
        self._destination = destination
        self._target = record.target
        self._ledger = ledger
        self._server_names = server_names
        self._texts = texts(record.target.language)
        self._alone_until = 0
        self._anew_at = 0

    def alone(self, until: int) -> None:
        """See `Teller`."""
        self._alone_until = until

    def anew(self, sequence: int) -> None:
        """See `Teller`."""
        self._anew_at = sequence

    async def group(self, waiting: Sequence[Envelope]) -> Group:
        """Embeds up to the first event that changes a message, or that has no room any more."""
        if waiting[0].type == ERASURE:
            return Group([waiting[0]], lambda: self._forget(waiting[0]))
        names = await self._server_names(waiting[:MOST_EMBEDS])
        if found := await self._shown_before(waiting[0]):
            try:
                return self._change(waiting[0], *found, names)
            except Exception as error:  # noqa: BLE001 - whatever is stored: a message of its own says what happened
                self._not_understood(found[0], error)
        told: list[Envelope] = []
        shown: list[Shown] = []
        room = MOST_TEXT
        for each in waiting[:MOST_EMBEDS]:
            if told and (each.sequence <= self._alone_until or await self._follows(each, told)):
                break
            try:
                one = self._new(each, len(told), names)
            except Exception as error:
                if told:
                    break
                raise Refused(f"cannot be shown: {type(error).__name__}") from error
            room -= size(one.embed) + _ROOM_TO_CHANGE
            if told and room < 0:
                break
            told.append(each)
            shown.append(one)
        return self._message_of(told, shown)

    def _message_of(self, told: Sequence[Envelope], shown: Sequence[Shown]) -> Group:
        embeds = [each.embed for each in shown]
        return Group(told, lambda: self._discord.send(self._destination, embeds, self._target.display), shown)

    async def _follows(self, each: Envelope, told: Sequence[Envelope]) -> bool:
        """Whether an event changes what a message shows, or what this one is about to show, or is told again."""
        if each.type == ERASURE or any(each.event_id == other.event_id for other in told):
            return True
        if each.message_key is not None and any(each.message_key == other.message_key for other in told):
            return True
        return await self._shown_before(each) is not None

    async def _shown_before(self, told: Envelope) -> tuple[str, list[Shown]] | None:
        if told.message_key is None or told.again or not self._target.display.edits:
            return None
        return await self._ledger.message_of(self._target.id, told.message_key)

    def _new(self, told: Envelope, place: int, names: Mapping[str, str]) -> Shown:
        if isinstance(told.event, AnyInfractionEvent):
            one = self._of_card(cards.fold(None, told.event), place, names)
        elif isinstance(told.event, AnyCallEvent):
            one = self._of_call(call_cards.fold(None, told.event), place, names)
        else:
            one = Shown(place, None, None, self._rendered(event_sheets.sheet_of(told, self._target.display, names)))
        return replace(one, players=players_of(told))

    def _of_card(self, card: Card, place: int, names: Mapping[str, str], most: int = MOST_TEXT) -> Shown:
        embed = self._rendered(infraction_sheets.sheet_of(card, self._target.display, names), most)
        return Shown(place, card.infraction_id, card.model_dump(mode="json", exclude_none=True), embed)

    def _of_call(self, card: CallCard, place: int, names: Mapping[str, str], most: int = MOST_TEXT) -> Shown:
        embed = self._rendered(call_sheets.sheet_of(card, self._target.display, names), most)
        return Shown(place, card.call_id, card.model_dump(mode="json", exclude_none=True), embed)

    def _rendered(self, sheet: Sheet, most: int = MOST_TEXT) -> Embed:
        return render(sheet, self._texts, self._target.display, most)

    def _change(self, told: Envelope, message_id: str, before: Sequence[Shown], names: Mapping[str, str]) -> Group:
        free = _free_in(before)
        shown = [self._changed(each, told, names, size(each.embed) + free) for each in before]
        if told.sequence == self._anew_at:
            return self._message_of([told], [replace(each, place=0) for each in shown if _is_about(each, told)])
        embeds = [each.embed for each in shown]

        async def send() -> Sent:
            return await self._discord.change(self._destination, message_id, embeds, self._target.display)

        return Group([told], send, shown, changes=message_id)

    def _changed(self, before: Shown, told: Envelope, names: Mapping[str, str], most: int) -> Shown:
        if _is_about(before, told):
            if isinstance(told.event, AnyInfractionEvent):
                card = cards.fold(Card.model_validate(before.card), told.event)
                return replace(self._of_card(card, before.place, names, most), players=before.players)
            if isinstance(told.event, AnyCallEvent):
                call = call_cards.fold(CallCard.model_validate(before.card), told.event)
                return replace(self._of_call(call, before.place, names, most), players=before.players)
        return before

    async def _forget(self, told: Envelope) -> Sent:
        """Take an erased player out of every message that is known; one that was deleted needs nothing. Raises NotSent.

        Each is written down when it is changed, so that another try goes on behind it. One that Discord refuses to
        change keeps none of the others as it is.
        """
        names = await self._server_names([told])
        gone = gone_with(told)
        answer = _NOTHING_TO_CHANGE
        refused: Refused | None = None
        messages = await self._ledger.messages_about(self._target.id, gone.player, gone.infraction_ids)
        for message_id, before in messages.items():
            free = _free_in(before) // len(before)
            shown = [self._without(each, gone, message_id, names, size(each.embed) + free) for each in before]
            if shown == before:
                continue
            try:
                embeds = [each.embed for each in shown]
                sent = await self._discord.change(self._destination, message_id, embeds, self._target.display)
            except MessageGone:
                await self._ledger.forget_message(self._target.id, message_id)
                continue
            except Refused as error:
                refused = error
                continue
            await self._ledger.show(self._target.id, message_id, shown, datetime.now(UTC))
            answer = sent.answer
        if refused:
            raise refused
        return Sent(answer, None)

    def _without(self, before: Shown, gone: Erased, message_id: str, names: Mapping[str, str], most: int) -> Shown:
        if gone.player not in before.players and before.infraction_id not in gone.infraction_ids:
            return before
        try:
            if before.card is not None and "call_id" in before.card:
                call = call_without(CallCard.model_validate(before.card), gone.player, self._texts)
                return replace(self._of_call(call, before.place, names, most), players=before.players)
            if before.card is not None:
                card = card_without(Card.model_validate(before.card), self._texts)
                return replace(self._of_card(card, before.place, names, most), players=before.players)
        except ValidationError as error:
            self._not_understood(message_id, error)
        return replace(before, card=None, embed=embed_without(before.embed, self._texts))

    def _not_understood(self, message_id: str, error: Exception) -> None:
        """What is stored of a message, by another release perhaps; the error itself may quote it."""
        fault = type(error).__name__
        logger.warning("message_not_understood", target_id=self._target.id, message_id=message_id, error=fault)


def _is_about(shown: Shown, told: Envelope) -> bool:
    return shown.infraction_id == told.message_key


def _free_in(message: Sequence[Shown]) -> int:
    """How much more text a message takes: Discord counts that of all its embeds together."""
    return MOST_TEXT - sum(size(each.embed) for each in message)
