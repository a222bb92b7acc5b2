"""What is sent next to a target at Discord: several embeds in one message, or a change of a message."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import reduce

import structlog
from pydantic import ValidationError

from banstream_contracts.events.infractions import AnyInfractionEvent
from banstream_contracts.infraction_messages import AnyCallEvent
from banstream_notifier.destinations import Destination
from banstream_notifier.discord import Discord
from banstream_notifier.envelope import Envelope
from banstream_notifier.erasing import ERASURE, Erased, call_without, card_without, embed_without, gone_with, players_of
from banstream_notifier.grouping import changed_by, deferred, told_together
from banstream_notifier.ledger import Ledger, Shown
from banstream_notifier.messages import Messages
from banstream_notifier.outcomes import MessageGone, Refused, Sent, Unfinished
from banstream_notifier.record import Record
from banstream_notifier.rendering import call_cards, call_sheets, cards, event_sheets, infraction_sheets
from banstream_notifier.rendering.call_cards import CallCard
from banstream_notifier.rendering.cards import Card
from banstream_notifier.rendering.render import MOST_TEXT, Embed, render, size
from banstream_notifier.rendering.sheets import Sheet
from banstream_notifier.teller import Group
from banstream_notifier.texts import texts

_NOTHING_TO_CHANGE = 204
_CHANGES_AT_ONCE = 5
"""Of messages that tell of an erased player: what is new waits for no more of them."""
_ROOM_TO_CHANGE = 150
"""Kept free for each embed: a message that is full could not show that a ban was lifted, and why."""

logger = structlog.stdlib.get_logger(__name__)

ServerNamesOf = Callable[[Sequence[Envelope]], Awaitable[Mapping[str, str]]]
"""Looks up what the servers that events name are called."""


class DiscordTeller:
    """As many embeds in a message as Discord takes; the message of an infraction or a call follows it."""

    def __init__(
        self, discord: Discord, destination: Destination, record: Record, ledger: Ledger, server_names: ServerNamesOf
    ) -> None:
        self._discord = discord
        self._destination = destination
        self._target = record.target
        self._messages = Messages(ledger, record.target.id)
        self._server_names = server_names
        self._texts = texts(record.target.language)
        self._alone: frozenset[int] = frozenset()
        self._anew_at = 0

    async def deferred(
        self, arrived: Sequence[Envelope], waiting: Collection[str], erasures: Sequence[Envelope]
    ) -> Sequence[Envelope]:
        """See `Teller`."""
        standing = await self._standing(arrived)
        return deferred(arrived, standing, waiting, erasures, edits=self._target.display.edits)

    async def until_free(self) -> None:
        """See `Teller`."""
        await self._discord.until_free(self._destination)

    def old_edits_wait_seconds(self) -> float:
        """See `Teller`."""
        return self._discord.old_edits_wait_seconds(self._destination)

    def alone(self, told: Sequence[Envelope]) -> None:
        """See `Teller`."""
        self._alone = frozenset(each.sequence for each in told)

    def anew(self, sequence: int) -> None:
        """See `Teller`."""
        self._anew_at = sequence

    async def group(self, waiting: Sequence[Envelope]) -> Group:
        """A new message, or what waits for one that stands: all of that in one change.

        A rate limit is waited for before: who loses the lock of telling meanwhile sends nothing that is old by then.
        """
        await self.until_free()
        first = waiting[0]
        if first.type == ERASURE:
            return Group([first], lambda: self._forget(first))
        standing = await self._standing(waiting)
        together = told_together(waiting, standing)
        if first.sequence in self._alone:
            together = [first]
        message_id = changed_by(together[0], standing)
        before = await self._messages.shown(message_id) if message_id else []
        names = await self._server_names(together)
        try:
            return self._group(together, message_id, before, names)
        except Exception:
            if together == [first]:
                raise
        self.alone(together)
        return await self.group(waiting)

    def _group(
        self, together: Sequence[Envelope], message_id: str | None, before: Sequence[Shown], names: Mapping[str, str]
    ) -> Group:
        if message_id:
            try:
                return self._change(together, message_id, before, names)
            except Exception as error:
                if len(together) > 1:
                    raise
                self._not_understood(message_id, error)  # a message of its own says what happened
        return self._new_message(together, names)

    async def _standing(self, waiting: Sequence[Envelope]) -> dict[str, str]:
        if not self._target.display.edits:
            return {}
        return await self._messages.standing({each.message_key for each in waiting if each.message_key})

    def _new_message(self, together: Sequence[Envelope], names: Mapping[str, str]) -> Group:
        """Of as many as there is room for. Raises Refused where the first one cannot be shown."""
        told: list[Envelope] = []
        shown: list[Shown] = []
        room = MOST_TEXT
        for each in together:
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

    def _change(
        self, told: Sequence[Envelope], message_id: str, before: Sequence[Shown], names: Mapping[str, str]
    ) -> Group:
        shown = self._changed(before, told, names)
        if told[0].sequence == self._anew_at:
            about = [each for each in shown if _of(each, told)]
            return self._message_of(told, [replace(each, place=place) for place, each in enumerate(about)])
        embeds = [each.embed for each in shown]

        async def send() -> Sent:
            return await self._discord.change(self._destination, message_id, embeds, self._target.display)

        return Group(told, send, shown, changes=message_id)

    def _changed(self, before: Sequence[Shown], told: Sequence[Envelope], names: Mapping[str, str]) -> list[Shown]:
        """Those embeds that the events are about share the room that is free; what one leaves is for longer ones."""
        shown = list(before)
        about = {place: ours for place, each in enumerate(before) if (ours := _of(each, told))}
        whole = {place: self._after(before[place], ours, names, MOST_TEXT) for place, ours in about.items()}
        growth = {place: size(each.embed) - size(before[place].embed) for place, each in whole.items()}
        for done, place in enumerate(sorted(growth, key=growth.__getitem__)):
            each = shown[place]
            most = size(each.embed) + _free_in(shown) // (len(about) - done)
            shown[place] = self._after(each, about[place], names, most)
        return shown

    def _after(self, before: Shown, told: Sequence[Envelope], names: Mapping[str, str], most: int) -> Shown:
        """An embed after events of what it shows; one of which this release knows no type changes nothing."""
        ours = [each.event for each in told if isinstance(each.event, AnyInfractionEvent)]
        if ours:
            card = reduce(cards.fold, ours, Card.model_validate(before.card))
            return replace(self._of_card(card, before.place, names, most), players=before.players)
        calls = [each.event for each in told if isinstance(each.event, AnyCallEvent)]
        if calls:
            call = reduce(call_cards.fold, calls, CallCard.model_validate(before.card))
            return replace(self._of_call(call, before.place, names, most), players=before.players)
        return before

    async def _forget(self, told: Envelope) -> Sent:
        """Take an erased player out of every message that is known; one that was deleted needs nothing. Raises NotSent.

        Each is written down when it is changed, so that another try goes on behind it; a few at once. One that Discord
        refuses to change keeps none of the others as it is.
        """
        names = await self._server_names([told])
        gone = gone_with(told)
        answer = _NOTHING_TO_CHANGE
        refused: Refused | None = None
        changed = 0
        messages = await self._messages.about(gone.player, gone.infraction_ids)
        for message_id, before in messages.items():
            free = _free_in(before) // len(before)
            shown = [self._without(each, gone, message_id, names, size(each.embed) + free) for each in before]
            if shown == before:
                continue
            if changed == _CHANGES_AT_ONCE:
                raise Unfinished("messages that tell of the player are left", answer)
            try:
                embeds = [each.embed for each in shown]
                sent = await self._discord.change(self._destination, message_id, embeds, self._target.display)
            except MessageGone:
                await self._messages.forget(message_id)
                continue
            except Refused as error:
                refused = error
                continue
            await self._messages.show(message_id, shown, datetime.now(UTC))
            answer = sent.answer
            changed += 1
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


def _of(shown: Shown, told: Sequence[Envelope]) -> list[Envelope]:
    """Those events that are about what an embed shows."""
    return [each for each in told if shown.infraction_id == each.message_key]


def _free_in(message: Sequence[Shown]) -> int:
    """How much more text a message takes: Discord counts that of all its embeds together."""
    return MOST_TEXT - sum(size(each.embed) for each in message)
