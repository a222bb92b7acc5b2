"""Which of the events of a target at Discord wait for what is new, and which of them one request tells. Pure."""

from collections.abc import Collection, Mapping, Sequence

from banstream_contracts.erasure import PlayerErased
from banstream_notifier.envelope import Envelope
from banstream_notifier.erasing import ERASURE, Erased, gone_with, players_of
from banstream_notifier.rendering.render import MOST_EMBEDS


def deferred(
    arrived: Sequence[Envelope],
    standing: Mapping[str, str],
    waiting: Collection[str],
    erasures: Sequence[Envelope],
    *,
    edits: bool,
) -> list[Envelope]:
    """Those that what is new goes before: what changes a message, an erasure, and what an erasure has to go before.

    `standing` are messages at Discord by the infraction or call that they show, `waiting` those of which something is
    deferred already, `erasures` those that are. A change moves nothing in a channel, so it can wait however long. What
    is told of one infraction keeps its order, and nothing about an erased player goes past the erasure.
    """
    behind = {*standing, *waiting}
    gone = [gone_with(each) for each in erasures if isinstance(each.event, PlayerErased)]
    later: list[Envelope] = []
    for each in arrived:
        key = each.message_key
        if each.again:
            is_new = True
        elif each.type == ERASURE:
            is_new = False
            gone += [gone_with(each)] if isinstance(each.event, PlayerErased) else []
        else:
            is_new = key not in behind and not any(_concerns(one, each) for one in gone)
        if not is_new:
            later.append(each)
        if key and (edits or not is_new):
            behind.add(key)
    return later


def told_together(waiting: Sequence[Envelope], standing: Mapping[str, str]) -> list[Envelope]:
    """Those that the next request tells, in their order: an erasure, what changes one message, or a new message."""
    first = waiting[0]
    if first.type == ERASURE:
        return [first]
    if message_id := changed_by(first, standing):
        return [each for each in waiting if changed_by(each, standing) == message_id]
    return _new(waiting, standing)


def changed_by(told: Envelope, standing: Mapping[str, str]) -> str | None:
    """The message that an event changes; None where it makes a new one."""
    return None if told.again else standing.get(told.message_key or "")


def _concerns(gone: Erased, told: Envelope) -> bool:
    return gone.player in players_of(told) or told.message_key in gone.infraction_ids


def _new(waiting: Sequence[Envelope], standing: Mapping[str, str]) -> list[Envelope]:
    """One message shows each infraction and each event once."""
    together: list[Envelope] = []
    shown: set[object] = set()
    for each in waiting:
        is_there = bool(shown & {each.message_key, each.event_id})
        if len(together) == MOST_EMBEDS or is_there or each.type == ERASURE or changed_by(each, standing):
            break
        together.append(each)
        shown |= {each.event_id, *([each.message_key] if each.message_key else [])}
    return together
