"""Messages that answer commands: one embed, within Discord's limits, that mentions nobody. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from banstream_contracts.infractions import Infraction, Lifetime
from banstream_contracts.players import Player
from banstream_contracts.queries.infractions import HistoryEntry
from banstream_gateway.discord.escaping import escaped
from banstream_gateway.discord.texts import Texts
from banstream_gateway.held.standings import Restriction
from banstream_privacy.visible import clean

Message = dict[str, Any]

RED, GREEN, GREY, BLUE = 0xC0392B, 0x27AE60, 0x7F8C8D, 0x2C6FBB
LARGEST_DESCRIPTION = 4096
_REASON, _NAME, _ID, _DETAIL = 900, 120, 250, 400
_LINE_REASON = 200
_BUTTON, _ROW, _SECONDARY = 2, 1, 2


def message(description: str, color: int = GREY, title: str | None = None, **more: Any) -> Message:  # noqa: ANN401 - fields of an embed
    """A message of one embed, without buttons."""
    embed = {"description": description[:LARGEST_DESCRIPTION], "color": color, **more}
    if title:
        embed["title"] = title
    return {"embeds": [embed], "components": [], "allowed_mentions": {"parse": []}}


def said(texts: Texts, text_id: str, color: int = GREY, **arguments: str | int) -> Message:
    """A message of one sentence; arguments that others wrote are escaped."""
    safe = {name: escaped(each, _DETAIL) if isinstance(each, str) else str(each) for name, each in arguments.items()}
    return message(texts.say(text_id, **safe), color)


def wrong(texts: Texts, option: str, why: str, detail: str) -> Message:
    """What is wrong with an option, by the name that who typed it sees."""
    reason = texts.say(why, **({"detail": escaped(detail, _DETAIL)} if detail else {}))
    return message(texts.say("wrong-option", option=texts.say(f"option-{option}-name"), why=reason))


def banned(texts: Texts, infraction: Infraction) -> Message:
    """A ban as it has become."""
    fields = [
        _field(texts, "player", _player(infraction.player)),
        _field(texts, "ends", _end(texts, infraction)),
        _field(texts, "reason", escaped(infraction.reason, _REASON), is_long=True),
    ]
    if infraction.category:
        fields.append(_field(texts, "category", escaped(infraction.category, _NAME)))
    if infraction.severity:
        fields.append(_field(texts, "severity", texts.say(f"severity-{infraction.severity.value}")))
    fields.append(_field(texts, "infraction", f"`{infraction.id}`"))
    return message(_by(texts, infraction.issuer.name), RED, texts.say("banned-title"), fields=fields)


def unbanned(texts: Texts, player: Player, reason: str, lifted: Iterable[Infraction]) -> Message:
    """What was taken off."""
    ids = [f"`{each.id}`" for each in lifted]
    if not ids:
        return message(f"{_player(player)}\n{texts.say('unbanned-nothing')}")
    fields = [_field(texts, "reason", escaped(reason, _REASON), is_long=True)]
    return message(f"{_player(player)}\n{', '.join(ids)[:1000]}", GREEN, texts.say("unbanned-title"), fields=fields)


def checked(texts: Texts, player: Player, found: Mapping[str, Restriction], stale_seconds: float) -> Message:
    """What restricts a player now, and how old that is."""
    lines = [_player(player), *(_restriction(texts, kind, each) for kind, each in found.items())]
    if stale_seconds:
        lines.append(texts.say("stale", seconds=str(int(stale_seconds) + 1)))
    title, color = ("restricted-title", RED) if found else ("clean-title", GREEN)
    return message("\n".join(lines), color, texts.say(title))


def history(texts: Texts, player: Player, items: Iterable[HistoryEntry], buttons: Mapping[str, str]) -> Message:
    """A page of what happened; `buttons` are text ids and what pressing each sends."""
    lines = [_entry(texts, entry) for entry in items] or [texts.say("history-nothing")]
    page = message("\n".join([_player(player), *lines]), BLUE, texts.say("history-title"))
    row = [
        {"type": _BUTTON, "style": _SECONDARY, "label": texts.say(text_id), "custom_id": custom_id}
        for text_id, custom_id in buttons.items()
    ]
    return {**page, "components": [{"type": _ROW, "components": row}] if row else []}


def moment(at: datetime, style: str = "R") -> str:
    """A time as everybody sees it in a zone and language of their own."""
    return f"<t:{int(at.timestamp())}:{style}>"


def _restriction(texts: Texts, kind: str, restriction: Restriction) -> str:
    parts = [
        f"**{texts.say(f'punishment-{kind}')}**",
        f"{texts.say('field-ends')}: {_end(texts, restriction)}",
        escaped(restriction.reason, _LINE_REASON),
        _by(texts, restriction.issuer_name),
        f"`{restriction.infraction_id}`",
    ]
    return " · ".join(part for part in parts if part)


def _entry(texts: Texts, entry: HistoryEntry) -> str:
    event = entry.event
    known = f"event-{entry.type.replace('.', '-')}"
    parts = [
        moment(entry.occurred_at),
        f"**{texts.say(known) if texts.knows(known) else escaped(entry.type, _NAME)}**",
        _punishments(texts, event),
        escaped(str(event.get("reason") or ""), _LINE_REASON),
        _by(texts, clean(entry.actor.name or "") or entry.actor.id),
    ]
    return " · ".join(part for part in parts if part)


def _punishments(texts: Texts, event: Mapping[str, Any]) -> str:
    kinds = event.get("punishments")
    if not isinstance(kinds, list | tuple):
        return ""
    named = [texts.say(f"punishment-{kind}") for kind in kinds if texts.knows(f"punishment-{kind}")]
    return ", ".join(named) or texts.say("warning")


def _end(texts: Texts, held: Infraction | Restriction) -> str:
    if held.lifetime == Lifetime.ONLINE:
        return texts.say("online-left", seconds=str(held.time_left_seconds or 0))
    if held.expires_at is None:
        return texts.say("never")
    return f"{moment(held.expires_at)} ({moment(held.expires_at, 'f')})"


def _player(player: Player | None) -> str:
    return f"**{escaped(str(player), _ID)}**" if player else ""


def _by(texts: Texts, name: str | None) -> str:
    shown = escaped(name or "", _NAME)
    return texts.say("by", name=shown) if shown else ""


def _field(texts: Texts, name: str, value: str, *, is_long: bool = False) -> dict[str, Any]:
    return {"name": texts.say(f"field-{name}"), "value": value or "-", "inline": not is_long}
