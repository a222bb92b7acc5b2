"""Lines that known mods write into the log: recognised by their exact shape and set aside, never read.

The shape of a mod's line may begin with a player's name, so its content proves nothing about anybody.
"""

import re

from banstream_dayz_feed.lines.blocks import NUMBER
from banstream_dayz_feed.lines.events import ModLine

COMMUNITY_ONLINE_TOOLS = "Community Online Tools"
_BUILT_OR_DEPLOYED = re.compile(
    rf".{{1,64}} \[steam64: [0-9]{{17}};\] <{NUMBER}, {NUMBER}, {NUMBER}> "
    r"(?:built|deployed|dismantled|destroyed|packed|repaired|placed) .{1,200}",
    re.DOTALL,
)
_BEGINNINGS = (
    ("CFAPI", "CFTools"),
    ("CFTools", "CFTools"),
    ("CFDZAddIn", "CFTools"),
    ('{"service_id":', "CFTools"),
    (" (", "CFTools"),
    ("[COT] ", COMMUNITY_ONLINE_TOOLS),
    ("[BBP] ", "BaseBuildingPlus"),
    ("[MapLink]", "MapLink"),
    ("[UpdateCheck] ", "UpdateCheck"),
    ("BaseRaiding: ", "Expansion"),
    ("ExpansionCodelock ", "Expansion"),
    ("Expansion ", "Expansion"),
    ("------------------------- Expansion ", "Expansion"),
)
_RULE = re.compile(r"-{40,120}")
_COUNT = re.compile(r" \([0-9]{1,6}\)")


def read_mod_line(message: str) -> ModLine | None:
    """Which mod wrote this, if it is one we know."""
    for beginning, mod in _BEGINNINGS:
        if message.startswith(beginning):
            return ModLine(mod) if beginning != " (" or _COUNT.fullmatch(message) else None
    if _RULE.fullmatch(message):
        return ModLine("Expansion")
    return ModLine("Expansion") if _BUILT_OR_DEPLOYED.fullmatch(message) else None
