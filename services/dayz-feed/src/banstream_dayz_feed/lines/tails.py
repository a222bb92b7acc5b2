"""What follows the last player block of a line, where the line is about one player.

Free text of the game (display names) may hold no quote, angle, square or curly bracket and no bar: so no line that
continues in another way, with another block or with a mod's words, is ever taken for a shorter one.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from banstream_dayz_feed.lines import events, fights
from banstream_dayz_feed.lines.blocks import NUMBER, engine_position
from banstream_dayz_feed.lines.players import Player, PlayerEvent

_Reading = Callable[[Player, str], PlayerEvent | events.ShelterBuilt | None]

FIXED: Final[Mapping[str, Callable[[Player], PlayerEvent]]] = {
    "": events.ListedPlayer,
    " is connecting": events.Connecting,
    " is connected": events.Connected,
    " has been disconnected": events.Disconnected,
    " is unconscious": events.FellUnconscious,
    " regained consciousness": events.RegainedConsciousness,
    " committed suicide": fights.CommittedSuicide,
    " committed suicide.": fights.CommittedSuicide,
    " bled out": fights.BledOut,
    " is choosing to respawn": fights.ChoseRespawn,
    " has drowned while unconscious": fights.DrownedUnconscious,
}
_TEXT = re.compile(r'[^"<>|\[\]{}]{1,120}')
_CLASS = r"[A-Za-z0-9_]{1,120}"
_POINT = rf"<({NUMBER}), ({NUMBER}), ({NUMBER})>"
_PLACED = re.compile(rf'([^"<>|\[\]{{}}]{{1,120}})(?:<({_CLASS})>)?')
_EMOTE = re.compile(rf"({_CLASS})(?: with ({_CLASS}))?")
_FLAG = re.compile(rf"(raised|lowered) ({_CLASS}) on ({_CLASS}) at {_POINT}")
_TELEPORT = re.compile(rf"{_POINT} to: {_POINT}\. Reason: ([^\"|]{{1,200}})")
_STATS = re.compile(rf"Water: ({NUMBER}) Energy: ({NUMBER})(?: Bleed sources: ([0-9]{{1,4}}))?")
_OBJECT = re.compile(
    rf"{_CLASS}(?:<[0-9A-Fa-fx]{{1,20}}>)?(?: {_CLASS}:[0-9]{{1,12}})? "
    rf"(?:(Mounted|Unmounted) ({_CLASS}) (on|from) ({_CLASS})(?:<[0-9A-Fa-fx]{{1,20}}>[^\"|]{{0,100}})?"
    rf"|(Dug in|Dug out) ({_CLASS})(?:<[0-9A-Fa-fx]{{1,20}}>)?[^\"|]{{0,200}})"
)
_VERB = re.compile(
    r" ?(placed|Built|Dismantled|destroyed|folded|repaired|packed|re-packed|built|performed|has|"
    r"was teleported from:|died\. Stats>|drowned\. Stats>|is disconnecting while being|killed by|Player) "
)
_STATES = ("unconscious", "restrained")


def read_tail(player: Player, tail: str) -> PlayerEvent | events.ShelterBuilt | None:
    """The event that the words after a block make of its player; None where they are not the game's."""
    fixed = FIXED.get(tail)
    if fixed is not None:
        return fixed(player)
    if tail.startswith("[HP: "):
        return _read_hit(player, tail)
    verb = _VERB.match(tail)
    return _READINGS[verb[1]](player, tail[verb.end() :]) if verb else None


def read_wound(text: str) -> fights.Wound | None:
    """`ZONE(n) for D damage (AMMO)`: also without a zone (traps) and without ammunition (blocked)."""
    match = _WOUND.fullmatch(text)
    return fights.Wound(match[1], int(match[2]), float(match[3]), match[4]) if match else None


_WOUND = re.compile(rf"([A-Za-z0-9_]{{0,40}})\((-?[0-9]{{1,9}})\) for ({NUMBER}) damage (?:\(({_CLASS})\))?")
_HIT = re.compile(rf"\[HP: ({NUMBER})\] (hit by|stunned by) ")
_EXPLOSION = re.compile(rf"explosion \(({_CLASS})\)")
_TOUCH = re.compile(rf"({_CLASS})(?: with ({_CLASS}))?")


def _read_hit(player: Player, tail: str) -> PlayerEvent | None:
    match = _HIT.match(tail)
    if not match:
        return None
    health, rest = float(match[1]), tail[match.end() :]
    if match[2] == "stunned by":
        return fights.Stunned(player, health, rest) if is_text(rest) else None
    source, found, after = rest.rpartition(" into ")
    if found:
        wound = read_wound(after)
        return fights.HitByOther(player, health, source, wound) if wound and is_text(source) else None
    if explosion := _EXPLOSION.fullmatch(rest):
        return fights.HitByOther(player, health, "explosion", None, explosion[1])
    touch = _TOUCH.fullmatch(rest)
    return fights.HitByOther(player, health, touch[1], None, touch[2]) if touch else None


def is_text(text: str) -> bool:
    """Whether this can be a name that the game shows."""
    return _TEXT.fullmatch(text) is not None


def _read_placed(player: Player, rest: str) -> PlayerEvent | None:
    match = _PLACED.fullmatch(rest)
    return events.Placed(player, match[1], match[2]) if match else None


def _read_built(player: Player, rest: str) -> PlayerEvent | None:
    part, _, after = rest.partition(" on ")
    target, _, tool = after.rpartition(" with ")
    return events.Built(player, part, target, tool) if _are_texts(part, target, tool) else None


def _read_dismantled(player: Player, rest: str) -> PlayerEvent | None:
    part, _, after = rest.partition(" from ")
    target, _, tool = after.rpartition(" with ")
    return events.Dismantled(player, part, target, tool) if _are_texts(part, target, tool) else None


def _read_destroyed(player: Player, rest: str) -> PlayerEvent | None:
    target, _, tool = rest.rpartition(" with ")
    return events.Destroyed(player, target, tool) if _are_texts(target, tool) else None


def _read_repaired(player: Player, rest: str) -> PlayerEvent | None:
    target, _, tool = rest.rpartition(" with ")
    return events.Repaired(player, target, tool) if _are_texts(target, tool) else None


def _read_folded(player: Player, rest: str) -> PlayerEvent | None:
    return events.Folded(player, rest) if is_text(rest) else None


def _read_packed(player: Player, rest: str, *, is_again: bool = False) -> PlayerEvent | None:
    target, _, tool = rest.rpartition(" with ")
    return events.Packed(player, target, tool.rstrip(), is_again) if _are_texts(target, tool) else None


def _read_packed_again(player: Player, rest: str) -> PlayerEvent | None:
    return _read_packed(player, rest, is_again=True)


def _read_shelter(player: Player | None, rest: str) -> events.ShelterBuilt | None:
    shelter, _, tool = rest.rpartition(" with ")
    return events.ShelterBuilt(player, shelter, tool.rstrip()) if _are_texts(shelter, tool) else None


def read_ownerless_shelter(message: str) -> events.ShelterBuilt | None:
    """The line of builds that leave the player out."""
    return _read_shelter(None, message.removeprefix(" built ")) if message.startswith(" built ") else None


def _read_emote(player: Player, rest: str) -> PlayerEvent | None:
    match = _EMOTE.fullmatch(rest)
    return events.Emoted(player, match[1], match[2]) if match else None


def _read_flag(player: Player, rest: str) -> PlayerEvent | None:
    match = _FLAG.fullmatch(rest)
    if not match:
        return None
    kind = events.FlagRaised if match[1] == "raised" else events.FlagLowered
    return kind(player, match[2], match[3], engine_position(match[4], match[5], match[6]))


def _read_teleport(player: Player, rest: str) -> PlayerEvent | None:
    match = _TELEPORT.fullmatch(rest)
    if not match:
        return None
    origin, target = engine_position(*match.group(1, 2, 3)), engine_position(*match.group(4, 5, 6))
    return events.Teleported(player, origin, target, match[7])


def _read_died(player: Player, rest: str) -> PlayerEvent | None:
    return _read_stats(player, "died", rest)


def _read_drowned(player: Player, rest: str) -> PlayerEvent | None:
    return _read_stats(player, "drowned", rest)


def _read_stats(player: Player, how: str, rest: str) -> PlayerEvent | None:
    if rest == "could not fetch":
        return fights.Died(player, how)
    match = _STATS.fullmatch(rest)
    if not match:
        return None
    return fights.Died(player, how, float(match[1]), float(match[2]), int(match[3]) if match[3] else None)


def _read_logout(player: Player, rest: str) -> PlayerEvent | None:
    return events.LoggedOutHelpless(player, rest) if rest in _STATES else None


def _read_killed(player: Player, rest: str) -> PlayerEvent | None:
    source = rest.removeprefix(" with ").rstrip()
    return fights.KilledByOther(player, source) if is_text(source) and not rest.startswith("Player ") else None


def _read_object(player: Player, rest: str) -> PlayerEvent | None:
    match = _OBJECT.fullmatch(rest)
    if not match:
        return None
    verb, item, preposition, target, dug, what = match.groups()
    if dug:
        return (events.Buried if dug == "Dug in" else events.Unearthed)(player, what)
    if (verb, preposition) == ("Mounted", "on"):
        return events.Mounted(player, item, target)
    return events.Unmounted(player, item, target) if (verb, preposition) == ("Unmounted", "from") else None


def _are_texts(*texts: str) -> bool:
    return all(map(is_text, texts))


_READINGS: Final[Mapping[str, _Reading]] = {
    "placed": _read_placed,
    "Built": _read_built,
    "Dismantled": _read_dismantled,
    "destroyed": _read_destroyed,
    "folded": _read_folded,
    "repaired": _read_repaired,
    "packed": _read_packed,
    "re-packed": _read_packed_again,
    "built": _read_shelter,
    "performed": _read_emote,
    "has": _read_flag,
    "was teleported from:": _read_teleport,
    "died. Stats>": _read_died,
    "drowned. Stats>": _read_drowned,
    "is disconnecting while being": _read_logout,
    "killed by": _read_killed,
    "Player": _read_object,
}
