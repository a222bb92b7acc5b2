"""The message about an infraction, with the fields of the seed. Pure."""

from collections.abc import Iterator

from banstream_contracts.infractions import Lifetime, Punishment
from banstream_contracts.notifier_targets import TargetDisplay
from banstream_contracts.text import LINE_END
from banstream_notifier.rendering.cards import Card
from banstream_notifier.rendering.people import ServerNames, staff, where
from banstream_notifier.rendering.sheets import (
    GREEN,
    GREY,
    OF_SEVERITY,
    Block,
    Code,
    Lasting,
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


def sheet_of(card: Card, display: TargetDisplay, names: ServerNames) -> Sheet:
    """An infraction as it is now."""
    colours = {"lifted": GREEN, "expired": GREY}
    return Sheet(
        title=_title(card),
        rows=tuple(_rows(card, display, names)),
        colour=colours.get(card.state, OF_SEVERITY[card.severity]),
        at=card.at,
        footer=phrase("footer-infraction", id=Plain(card.infraction_id)),
    )


def _title(card: Card) -> Phrase:
    if card.state != "issued":
        return phrase(f"title-infraction-{card.state}", what=Plain(_what(card)))
    is_automatic = card.issuer is not None and card.issuer.kind == "system"
    return phrase("title-infraction-issued", what=Plain(_what(card)), automatic=int(is_automatic))


def _what(card: Card) -> str:
    """How the texts tell a ban from a block and a warning."""
    if card.punishments is None:
        return "other"
    if not card.punishments:
        return "warning"
    return "ban" if Punishment.BAN in card.punishments else "block"


def _rows(card: Card, display: TargetDisplay, names: ServerNames) -> Iterator[Row]:
    yield from _who(card, display)
    if card.severity:
        yield Row("label-severity", phrase(f"severity-{card.severity.value}"), is_inline=True)
    if card.category:
        yield Row("label-infraction", Code(card.category))
    if card.reason:
        yield Row("label-reason", Plain(card.reason, links=True))
    if card.punishments is not None:
        yield Row("label-punishment", _listed(card.punishments), is_inline=True)
    if ends := _end(card):
        yield Row("label-ends", ends, is_inline=True)
    if place := where(card.scope, card.server_id, names):
        yield Row("label-where", place, is_inline=True)
    if card.issuer and display.staff:
        yield Row("label-issuer", staff(card.issuer), is_inline=True)
    if card.issued_at and card.state != "issued":
        yield Row("label-issued-at", Moment(card.issued_at), is_inline=True)
    yield from _change(card, display)
    if card.evidence and display.evidence:
        yield Row("label-evidence", Block(card.evidence.replace(LINE_END, "\n")))


def _who(card: Card, display: TargetDisplay) -> Iterator[Row]:
    name = clean(card.player_name or "")
    if name:
        yield Row("label-player", Plain(name), is_inline=True)
    if card.is_address:
        yield Row("label-player", phrase("address-hidden"), is_inline=True)
    elif card.player and display.player_id:
        yield Row("label-player-id", Code(card.player), is_inline=True)
    elif not name:
        yield Row("label-player", phrase("player-hidden"), is_inline=True)


def _listed(punishments: tuple[Punishment, ...]) -> Value:
    if not punishments:
        return phrase("punishment-none")
    return Listed(tuple(phrase(f"punishment-{each.value}") for each in punishments))


def _end(card: Card) -> Value | None:
    match card.lifetime:
        case _ if card.state in {"lifted", "expired"} or card.punishments == ():
            return None
        case Lifetime.PERMANENT:
            return phrase("ends-permanent")
        case Lifetime.TIMED:
            return Moment(card.expires_at) if card.expires_at else None
        case Lifetime.ONLINE:
            return phrase("ends-online", time=Lasting(card.duration_seconds)) if card.duration_seconds else None
        case Lifetime.SESSION:
            return phrase("ends-session")
        case None:
            return None


def _change(card: Card, display: TargetDisplay) -> Iterator[Row]:
    if card.state == "issued" or card.changed_at is None:
        return
    parts: list[Value] = [Moment(card.changed_at)]
    if card.ended and card.state in {"reduced", "amended"}:
        parts.append(phrase("change-taken-off", punishments=_listed(card.ended)))
    if card.exempt is not None and card.state == "amended":
        parts.append(phrase("change-exempt", players=card.exempt))
    if display.staff and card.changed_by and card.state != "expired":
        parts.append(phrase("change-by", staff=staff(card.changed_by)))
    if card.changed_reason:
        parts.append(Plain(card.changed_reason, links=True))
    yield Row(f"label-{card.state}", Listed(tuple(parts), between="\n"))
