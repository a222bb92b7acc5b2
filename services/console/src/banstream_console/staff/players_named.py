"""Players as people name them: `SERVICE:ID`, Steam's own forms, and addresses of profiles. Pure."""

import re

from banstream_contracts.players import Player, parse_player

_FORMS = (
    ("steam", re.compile(r"(STEAM_[0-5]:[01]:[0-9]{1,10}|\[U:1:[0-9]{1,10}\]|U:1:[0-9]{1,10})$", re.IGNORECASE)),
    ("steam", re.compile(r"(?:https?://)?(?:www\.)?steamcommunity\.com/profiles/([^/?#\s]+)", re.IGNORECASE)),
    ("roblox", re.compile(r"(?:https?://)?(?:[a-z]+\.)?roblox\.com/(?:[a-z-]{2,6}/)?users/([0-9]+)", re.IGNORECASE)),
)
"""What can be read without the service before it; ids are in capitals where they have letters."""


def player_named(text: str) -> Player:
    """Whom somebody means. Raises ValueError, also for other links: their `https` would be taken for a service."""
    typed = text.strip()
    for service, form in _FORMS:
        if found := form.match(typed):
            return Player(service=service, id=found[1].upper())
    if re.match(r"https?://", typed, re.IGNORECASE):
        raise ValueError("a link that names no player")
    return parse_player(typed)


def as_searched(text: str | None) -> str | None:
    """A search for a player of Steam, or by a link, as infractions hold them; any other as it is."""
    try:
        player = player_named(text or "")
    except ValueError:
        return text
    return str(player) if player.service in {service for service, _ in _FORMS} else text
