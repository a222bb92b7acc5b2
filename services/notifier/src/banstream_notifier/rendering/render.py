"""A sheet in a language, as an embed within the limits of Discord (facts dayz-bans-discord 4.2). Pure."""

from collections.abc import Iterator
from datetime import UTC
from typing import Any, assert_never

from banstream_contracts.notifier_targets import TargetDisplay
from banstream_notifier.rendering.escaping import chunks, escaped, in_block, in_code, units
from banstream_notifier.rendering.sheets import Block, Code, Lasting, Listed, Moment, Phrase, Plain, Row, Sheet, Value
from banstream_notifier.texts import Texts
from banstream_privacy.visible import clean

Embed = dict[str, Any]

MOST_EMBEDS = 10
MOST_TEXT = 6000
_TITLE, _NAME, _VALUE, _FIELDS, _FOOTER = 256, 256, 1024, 25, 2048
_ARGUMENT = 256
_EVIDENCE_PART = 940
_EVIDENCE_PARTS = 4
_UNITS = (("days", 86_400), ("hours", 3600), ("minutes", 60), ("seconds", 1))
_NOTHING = "\u200b"
_BETWEEN = " · "


def render(sheet: Sheet, texts: Texts, display: TargetDisplay, most: int = MOST_TEXT) -> Embed:
    """An embed that Discord takes: no text is empty, none is too long, all together are at most 6000, or `most`."""
    embed: Embed = {
        "title": _fitted(_said(sheet.title, texts), _TITLE),
        "color": sheet.colour,
        "fields": [],
    }
    footer = [_said(sheet.footer, texts)] if sheet.footer else []
    if display.footer:
        footer.append(clean(display.footer))
    if footer:
        embed["footer"] = {"text": _fitted(_BETWEEN.join(footer), _FOOTER)}
    if sheet.at:
        embed["timestamp"] = sheet.at.astimezone(UTC).isoformat()
    for row in sheet.rows:
        for field in _fields(row, texts, most - size(embed)):
            room = most - size(embed)
            if len(embed["fields"]) < _FIELDS and units(field["name"]) + units(field["value"]) <= room:
                embed["fields"].append(field)
    return embed


def size(embed: Embed) -> int:
    """How much of the 6000 an embed takes."""
    named = [embed.get("title", ""), embed.get("description", ""), embed.get("footer", {}).get("text", "")]
    fields = [text for field in embed.get("fields", ()) for text in (field["name"], field["value"])]
    return sum(units(text) for text in (*named, *fields))


def _fields(row: Row, texts: Texts, room: int) -> Iterator[Embed]:
    """A block in as many parts as there is room for; the last one says what is left."""
    name = _fitted(texts.say(row.label), _NAME)
    if not isinstance(row.value, Block):
        yield {"name": name, "value": _fitted(_value(row.value, texts, _VALUE), _VALUE), "inline": row.is_inline}
        return
    whole = _VALUE + units(name) + len(" (1)")
    longest = min(_EVIDENCE_PART, _EVIDENCE_PART + room - whole)
    if longest <= 0:
        return
    parts, left = chunks(row.value.text, longest, min(_EVIDENCE_PARTS, max(1, room // whole)))
    for number, part in enumerate(parts, 1):
        value = in_block(part)
        if left and number == len(parts):
            value += texts.say("evidence-cut", {"left": left})
        label = name if number == 1 else f"{name} ({number})"
        yield {"name": label, "value": value, "inline": False}


def _value(value: Value, texts: Texts, limit: int) -> str:
    match value:
        case Plain():
            return escaped(value.text, limit, links=value.links)
        case Code():
            return in_code(value.text, limit)
        case Block():
            return in_code(value.text, limit)
        case Moment():
            seconds = int(value.at.timestamp())
            return f"<t:{seconds}:F> (<t:{seconds}:R>)"
        case Lasting():
            return _lasting(value.seconds, texts)
        case Phrase():
            return _said(value, texts)
        case Listed():
            share = limit // max(1, len(value.values)) if value.between != "\n" else limit - _ARGUMENT * 2
            return value.between.join(_value(each, texts, share) for each in value.values)
        case _:
            assert_never(value)


def _said(said: Phrase, texts: Texts) -> str:
    arguments = {
        name: each if isinstance(each, int) else _value(each, texts, _ARGUMENT) for name, each in said.arguments.items()
    }
    return texts.say(said.text_id, arguments)


def _lasting(seconds: int | None, texts: Texts) -> str:
    """The two largest units that are not zero."""
    if seconds is None:
        return texts.say("ends-never")
    parts: list[str] = []
    for name, unit in _UNITS:
        count, seconds = divmod(seconds, unit)
        if count and len(parts) < 2:  # noqa: PLR2004 - as the docstring says
            parts.append(texts.say(f"time-{name}", {"count": count}))
    return " ".join(parts) or texts.say("time-seconds", {"count": 0})


def _fitted(text: str, limit: int) -> str:
    """Our own texts are short; this is for what they hold. Nothing may be empty."""
    if not text.strip():
        return _NOTHING
    while units(text) > limit:
        text = text[:-1]
    return text
