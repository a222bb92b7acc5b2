"""Which of the events that wait one request to Discord tells. Pure."""

from collections.abc import Mapping, Sequence

from banstream_notifier.envelope import Envelope
from banstream_notifier.erasing import ERASURE
from banstream_notifier.rendering.render import MOST_EMBEDS


def told_together(waiting: Sequence[Envelope], standing: Mapping[str, str], *, edits: bool) -> list[Envelope]:
    """Those that the next request tells, in their order: what makes new messages, or else what changes one message.

    `standing` are messages at Discord by the infraction or call that they show: an event of that changes it. A change
    moves nothing in a channel, so what is new goes before it, and it before those of other messages. New messages keep
    their order, so does what is told of one infraction, and nothing overtakes an erasure or what is told again.
    """
    first = waiting[0]
    if first.type == ERASURE:
        return [first]
    return _new(waiting, standing, edits=edits) or _changes(waiting, standing, changed_by(first, standing))


def changed_by(told: Envelope, standing: Mapping[str, str]) -> str | None:
    """The message that an event changes; None where it makes a new one."""
    return None if told.again else standing.get(told.message_key or "")


def _changes(waiting: Sequence[Envelope], standing: Mapping[str, str], message_id: str | None) -> list[Envelope]:
    together: list[Envelope] = []
    for each in waiting:
        if each.type == ERASURE or each.again:
            break
        if changed_by(each, standing) == message_id:
            together.append(each)
    return together


def _new(waiting: Sequence[Envelope], standing: Mapping[str, str], *, edits: bool) -> list[Envelope]:
    """What changes a message that stands, or what one of these shows, is left for its own request."""
    together: list[Envelope] = []
    shown: set[str] = set()
    is_overtaking = False
    for each in waiting:
        key = each.message_key
        if edits and not each.again and (key in shown or key in standing):
            is_overtaking = True
            continue
        is_there = key in shown or any(each.event_id == other.event_id for other in together)
        is_full = len(together) == MOST_EMBEDS
        if each.type == ERASURE or is_there or is_full or (each.again and is_overtaking):
            break
        together.append(each)
        shown |= {key} if key else set()
    return together
