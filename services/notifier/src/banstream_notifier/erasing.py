"""What a message shows of a player who was erased: that somebody was there, and no more. Pure."""

from dataclasses import dataclass

from banstream_contracts.calls import CallContent
from banstream_contracts.erasure import PlayerErased
from banstream_contracts.events.calls import CallOpened
from banstream_contracts.players import Player
from banstream_notifier.envelope import Envelope
from banstream_notifier.rendering.call_cards import CallCard
from banstream_notifier.rendering.cards import Card
from banstream_notifier.rendering.render import Embed
from banstream_notifier.texts import Texts

ERASURE = "player.erased"
_TEXT = "player-erased"


@dataclass(frozen=True, slots=True)
class Erased:
    """A player (`SERVICE:ID`), and infractions of addresses that concerned nobody else."""

    player: str
    infraction_ids: frozenset[str]


def players_of(told: Envelope) -> tuple[str, ...]:
    """Whom a message about an event tells of."""
    content = told.event.content if isinstance(told.event, CallOpened) else None
    found = (content.caller, content.reported) if content else (getattr(told.event, "player", None),)
    return tuple(str(each) for each in found if isinstance(each, Player))


def gone_with(told: Envelope) -> Erased:
    """What an erasure takes out. Raises TypeError for another event."""
    if not isinstance(told.event, PlayerErased):
        raise TypeError(told.type)
    return Erased(str(told.event.player), frozenset(told.event.infraction_ids))


def card_without(card: Card, texts: Texts) -> Card:
    """An infraction without its player, or without what was said of its address."""
    name = card.player_name if card.is_address else texts.say(_TEXT)
    return card.model_copy(update={"player_name": name, "evidence": None})


def call_without(card: CallCard, player: str, texts: Texts) -> CallCard:
    """A call without who called, what they said, or whom they reported."""
    content = card.content
    if content is None:
        return card
    return card.model_copy(update={"content": _content_without(content, player, texts)})


def embed_without(embed: Embed, texts: Texts) -> Embed:
    """Any other embed about somebody: what it was about, and nothing of what it said."""
    who = {"name": texts.say("label-player"), "value": texts.say(_TEXT), "inline": False}
    return {**embed, "fields": [who]}


def _content_without(content: CallContent, player: str, texts: Texts) -> CallContent:
    changed: dict[str, str] = {}
    if str(content.caller) == player:
        changed |= {"caller_name": texts.say(_TEXT), "message": texts.say(_TEXT)}
    if str(content.reported) == player:
        changed["reported_name"] = texts.say(_TEXT)
    return content.model_copy(update=changed)
