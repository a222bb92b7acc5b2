"""The message about a call for an admin: who calls, whom they report, who has taken it (facts gflbans 3). Pure."""

from collections.abc import Iterator

from banstream_contracts.calls import CallContent
from banstream_contracts.notifier_targets import TargetDisplay
from banstream_contracts.players import Player
from banstream_notifier.rendering.call_cards import CallCard
from banstream_notifier.rendering.people import ServerNames, named, server
from banstream_notifier.rendering.sheets import (
    GREEN,
    ORANGE,
    Code,
    Listed,
    Moment,
    Phrase,
    Plain,
    Row,
    Sheet,
    Value,
    phrase,
)
from banstream_privacy.visible import clean

_CONNECT = "steam://connect/"


def sheet_of(card: CallCard, display: TargetDisplay, names: ServerNames) -> Sheet:
    """A call as it is now: orange until somebody has taken it, then green."""
    return Sheet(
        title=_title(card),
        rows=tuple(_rows(card, display, names)),
        colour=GREEN if card.claimed_by else ORANGE,
        at=card.claimed_at or card.called_at,
    )


def _title(card: CallCard) -> Phrase:
    if card.claimed_by:
        return phrase("title-call-claimed")
    return phrase("title-call-opened", report=int(card.content is not None and card.content.reported is not None))


def _rows(card: CallCard, display: TargetDisplay, names: ServerNames) -> Iterator[Row]:
    content = card.content
    if content:
        yield Row("label-player", _person(content.caller_name, content.caller, display), is_inline=True)
        if content.reported:
            reported = _person(content.reported_name, content.reported, display)
            yield Row("label-reported", reported, is_inline=True)
    yield Row("label-admin", _admin(card, display), is_inline=True)
    if content:
        yield Row("label-reason", Plain(content.message))
    yield Row("label-server", _where(card, names), is_inline=True)
    if content:
        yield from _how_to_get_there(content)
    if card.claimed_by and card.called_at:
        yield Row("label-called-at", Moment(card.called_at), is_inline=True)


def _person(name: str | None, player: Player, display: TargetDisplay) -> Value:
    shown = clean(name or "")
    parts: tuple[Value, ...] = (Plain(shown),) if shown else ()
    if display.player_id:
        parts = (*parts, Code(str(player)))
    return Listed(parts, between=" ") if parts else phrase("player-hidden")


def _admin(card: CallCard, display: TargetDisplay) -> Value:
    if not card.claimed_by:
        return phrase("call-open")
    return named(card.claimed_by, phrase("call-taken")) if display.staff else phrase("call-taken")


def _where(card: CallCard, names: ServerNames) -> Value:
    """As the server called itself then, or else as it is registered."""
    registered = server(card.server_id, names)
    return named(card.content.server_name, registered) if card.content else registered


def _how_to_get_there(content: CallContent) -> Iterator[Row]:
    if content.map:
        yield Row("label-map", Code(content.map), is_inline=True)
    if content.connect:
        yield Row("label-connect", Code(f"{_CONNECT}{content.connect}"))
