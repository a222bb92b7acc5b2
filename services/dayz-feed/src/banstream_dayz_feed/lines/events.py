"""What a line of an admin log says: one frozen dataclass per kind of line, with nothing guessed.

Names, texts and classes are the log's own. Distances are metres. Forms and their sources: README.md.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from banstream_dayz_feed.lines.players import Player, PlayerEvent, Position


@dataclass(frozen=True, slots=True)
class SessionStarted:
    """`AdminLog started on DATE at TIME`, by the clock of the server."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Ornament:
    """An empty line, stars, or the end mark of a rotated file."""


@dataclass(frozen=True, slots=True)
class ModLine:
    """A line that a known mod writes; nothing in it is read."""

    mod: str


@dataclass(frozen=True, slots=True)
class ListOpened:
    """`##### PlayerList log: N players`: the players follow, one a line."""

    count: int


@dataclass(frozen=True, slots=True)
class ListClosed:
    """`#####` after a player list."""


@dataclass(frozen=True, slots=True)
class ListedPlayer(PlayerEvent):
    """A line between the two ends of a player list."""


@dataclass(frozen=True, slots=True)
class Connecting(PlayerEvent):
    """`is connecting`: newer builds only, without a position."""


@dataclass(frozen=True, slots=True)
class Connected(PlayerEvent):
    """`is connected`: a join, or a respawn (then without a disconnection before it)."""


@dataclass(frozen=True, slots=True)
class Disconnected(PlayerEvent):
    """`has been disconnected`."""


@dataclass(frozen=True, slots=True)
class LoggedOutHelpless(PlayerEvent):
    """`is disconnecting while being unconscious`; `state` is that last word."""

    state: str


@dataclass(frozen=True, slots=True)
class FellUnconscious(PlayerEvent):
    """`is unconscious`."""


@dataclass(frozen=True, slots=True)
class RegainedConsciousness(PlayerEvent):
    """`regained consciousness`."""


@dataclass(frozen=True, slots=True)
class Placed(PlayerEvent):
    """`placed DISPLAY<Class>`; no class before 1.27, and the display name in the server's language."""

    item: str
    class_name: str | None = None


@dataclass(frozen=True, slots=True)
class Built(PlayerEvent):
    """`Built PART on OBJECT with TOOL`."""

    part: str
    target: str
    tool: str


@dataclass(frozen=True, slots=True)
class Dismantled(PlayerEvent):
    """`Dismantled PART from OBJECT with TOOL`."""

    part: str
    target: str
    tool: str


@dataclass(frozen=True, slots=True)
class Destroyed(PlayerEvent):
    """`destroyed OBJECT with TOOL`, a combination lock among them."""

    target: str
    tool: str


@dataclass(frozen=True, slots=True)
class Folded(PlayerEvent):
    """`folded OBJECT`."""

    target: str


@dataclass(frozen=True, slots=True)
class Repaired(PlayerEvent):
    """`repaired OBJECT with TOOL`."""

    target: str
    tool: str


@dataclass(frozen=True, slots=True)
class Packed(PlayerEvent):
    """`packed OBJECT with Hands`, or `re-packed`."""

    target: str
    tool: str
    is_again: bool = False


@dataclass(frozen=True, slots=True)
class ShelterBuilt:
    """`built ShelterStick with Hands`; some builds leave the player out."""

    player: Player | None
    class_name: str
    tool: str


@dataclass(frozen=True, slots=True)
class Mounted(PlayerEvent):
    """`Player SurvivorM_X<hex> Mounted BarbedWire on CLASS` after the block."""

    item: str
    target: str


@dataclass(frozen=True, slots=True)
class Unmounted(PlayerEvent):
    """`Player SurvivorM_X<hex> Unmounted BarbedWire from CLASS` after the block."""

    item: str
    target: str


@dataclass(frozen=True, slots=True)
class Buried(PlayerEvent):
    """`Dug in CLASS<hex> … at position 0x… {<x,y,z>}`."""

    class_name: str


@dataclass(frozen=True, slots=True)
class Unearthed(PlayerEvent):
    """`Dug out CLASS<hex> …`."""

    class_name: str


@dataclass(frozen=True, slots=True)
class FlagRaised(PlayerEvent):
    """`has raised FLAG on POLE at <x, ALTITUDE, northing>`: the engine's order, put right in `pole_position`."""

    flag: str
    pole: str
    pole_position: Position | None


@dataclass(frozen=True, slots=True)
class FlagLowered(PlayerEvent):
    """`has lowered …`, as `has raised`."""

    flag: str
    pole: str
    pole_position: Position | None


@dataclass(frozen=True, slots=True)
class Teleported(PlayerEvent):
    """`was teleported from: <x, altitude, northing> to: <…>. Reason: TEXT`, by the game itself."""

    origin: Position | None
    target: Position | None
    reason: str


@dataclass(frozen=True, slots=True)
class Emoted(PlayerEvent):
    """`performed EmoteX with CLASS`."""

    emote: str
    item: str | None = None


@dataclass(frozen=True, slots=True)
class RawEmote:
    """`[emote] CHARACTER:n:… play emote id=n IH=CLASS:n`: one older console build; no player in it."""

    character: str
    emote_id: int


@dataclass(frozen=True, slots=True)
class Chat(PlayerEvent):
    """`Chat("NAME"(id=ID)): text`; `channel` is None, or the word a mod puts there. Never evidence of anything."""

    channel: str | None
    text: str


@dataclass(frozen=True, slots=True)
class ReportedToAdmin:
    """`PLAYER REPORT: <date> <ID>: text`, typed as `#toadmin`; the reporter's id."""

    player_id: str
    text: str


@dataclass(frozen=True, slots=True)
class BattlEyeConnected:
    """`Player #N NAME (IP:PORT) connected`: PC, in the RPT or BattlEye log; the only line with an address."""

    slot: int
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class BattlEyeGuid:
    """`Player #N NAME - BE GUID: HEX` or `Verified GUID (HEX) of player #N NAME`."""

    slot: int
    name: str
    guid: str


Event: TypeAlias = (
    PlayerEvent
    | SessionStarted
    | Ornament
    | ModLine
    | ListOpened
    | ListClosed
    | ShelterBuilt
    | RawEmote
    | ReportedToAdmin
    | BattlEyeConnected
    | BattlEyeGuid
)
"""Any line that is understood. Rules look at the classes they name; there is no match over all of them."""
