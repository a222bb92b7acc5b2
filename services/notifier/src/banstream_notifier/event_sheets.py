"""Messages about everything but infractions: one table says how each field of an event is shown. Pure."""

from collections.abc import Callable, Iterator, Mapping

from banstream_contracts.abuse_events import AbuseThresholdReached
from banstream_contracts.notifier_targets import TargetDisplay
from banstream_contracts.policies import AutomaticBan
from banstream_notifier.envelope import Envelope
from banstream_notifier.people import ServerNames, server, staff
from banstream_notifier.sheets import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    RED,
    YELLOW,
    Code,
    Lasting,
    Phrase,
    Plain,
    Row,
    Sheet,
    Value,
    phrase,
)

TITLES = frozenset(
    {
        *("abuse.detected", "abuse.threshold_reached", "abuse.kick_requested", "abuse.dismissed", "abuse.restored"),
        *("abuse.count_restarted", "abuse.protected", "abuse.unprotected", "policy.set", "policy.removed"),
        *("credential.created", "credential.rotated", "credential.revoked", "request.opened", "server.message_sent"),
        *("player.kick_requested", "target.created", "target.changed", "target.paused", "target.resumed"),
        *("target.broken", "target.removed", "target.test_requested", "target.redelivery_requested"),
    }
)
"""Types that have a title of their own."""

_COLOURS: Mapping[str, int] = {
    "abuse.kick_requested": YELLOW,
    "player.kick_requested": YELLOW,
    "request.opened": BLUE,
    "target.broken": RED,
    "target.resumed": GREEN,
    "target.test_requested": GREEN,
    "credential.revoked": ORANGE,
}
_OF_THRESHOLD: Mapping[str, int] = {"warn": YELLOW, "kick": ORANGE, "ban": RED}

_SHOW: Mapping[str, tuple[str, Callable[[str], Value], bool]] = {
    "name": ("label-name", Plain, True),
    "player_name": ("label-player", Plain, True),
    "policy_id": ("label-policy", Code, True),
    "text": ("label-text", Plain, False),
    "address": ("label-address", Code, True),
    "game": ("label-game", Plain, True),
}


def sheet_of(told: Envelope, display: TargetDisplay, names: ServerNames) -> Sheet:
    """An event of any type; one of a later release by its type alone."""
    event = told.event
    if event is None or told.type not in TITLES:
        return Sheet(phrase("title-other"), (Row("label-type", Code(told.type)),), GREY, told.stored_at)
    colour = _COLOURS.get(told.type, GREY)
    if isinstance(event, AbuseThresholdReached):
        colour = _OF_THRESHOLD[event.threshold.value]
    rows = (*_who(told, display), *_shown(told), *_what(told), *_measured(told), *_where(told, display, names))
    return Sheet(_title(told), rows, colour, event.occurred_at)


def _title(told: Envelope) -> Phrase:
    threshold = told.body.get("threshold")
    arguments = {"threshold": Plain(threshold)} if isinstance(threshold, str) else {}
    return Phrase(f"title-{told.type.replace('.', '-')}", arguments)


def _who(told: Envelope, display: TargetDisplay) -> Iterator[Row]:
    player = getattr(told.event, "player", None)
    if player is not None and display.player_id:
        yield Row("label-player-id", Code(str(player)), is_inline=True)


def _what(told: Envelope) -> Iterator[Row]:
    """The reason of an incident is a word of the detectors, any other one a sentence."""
    reason = told.body.get("reason")
    if not isinstance(reason, str):
        return
    if told.type in {"abuse.detected", "abuse.threshold_reached"}:
        yield Row("label-infraction", Code(reason), is_inline=True)
    else:
        yield Row("label-reason", Plain(reason, links=True))


def _shown(told: Envelope) -> Iterator[Row]:
    for field, (label, show, is_inline) in _SHOW.items():
        if isinstance(value := told.body.get(field), str) and value:
            yield Row(label, show(value), is_inline)


def _measured(told: Envelope) -> Iterator[Row]:
    count, limit = told.body.get("count"), told.body.get("limit")
    if isinstance(count, int):
        counted = phrase("count-of", count=count, limit=limit) if isinstance(limit, int) else Plain(str(count))
        yield Row("label-count", counted, is_inline=True)
    if incidents := told.body.get("incident_ids"):
        yield Row("label-incidents", Plain(str(len(incidents))), is_inline=True)
    if isinstance(event := told.event, AbuseThresholdReached):
        action = f"withheld-{event.withheld}" if event.withheld else f"action-{event.action}"
        yield Row("label-action", phrase(action), is_inline=True)
    ban = getattr(told.event, "ban", None) or getattr(told.event, "suggested", None)
    if isinstance(ban, AutomaticBan):
        label = "label-suggested" if told.type == "request.opened" else "label-duration"
        yield Row(label, Lasting(ban.duration_seconds), is_inline=True)


def _where(told: Envelope, display: TargetDisplay, names: ServerNames) -> Iterator[Row]:
    server_id = told.body.get("server_id")
    if isinstance(server_id, str):
        yield Row("label-server", server(server_id, names), is_inline=True)
    actor = getattr(told.event, "actor", None)
    if actor is not None and display.staff and actor.kind != "system":
        yield Row("label-by", staff(actor), is_inline=True)
