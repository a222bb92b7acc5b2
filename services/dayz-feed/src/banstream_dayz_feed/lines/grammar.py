"""The grammar of an admin log: the text after the time of a line, to an event or to nothing.

Nothing is guessed: what has no reading, or two, is None, and is counted as unknown by the reader.
"""

import re

from banstream_dayz_feed.lines import events, fights
from banstream_dayz_feed.lines.blocks import ID, NUMBER, Block, find_blocks, player_at
from banstream_dayz_feed.lines.events import Event
from banstream_dayz_feed.lines.mods import read_mod_line
from banstream_dayz_feed.lines.players import Player
from banstream_dayz_feed.lines.tails import is_text, read_ownerless_shelter, read_tail, read_wound

_SUBJECT = "Player "
_OLD_CONNECTED = re.compile(rf'Player "(.*)" is connected \(id=({ID})\)', re.DOTALL)
_LIST = re.compile(r"##### PlayerList log: ([0-9]{1,4}) players")
_CHAT = re.compile(r'(?:Chat(?:\[([^\]"]{1,40})\])?|\[Chat - ([^\]"]{1,40})\])\("')
_CHAT_NAME_END = re.compile(rf'"\(id=({ID})\)\): ')
_REPORT = re.compile(rf"PLAYER REPORT: <[0-9_-]{{1,30}}> <({ID})>: ")
_RAW_EMOTE = re.compile(
    r"\[emote\] ([A-Za-z0-9_]{1,60}):[0-9]+:[A-Z_]+ play emote id=([0-9]{1,6}) IH=[A-Za-z0-9_:]{0,90}"
)
_BY_PLAYER = re.compile(rf"(?:\[HP: ({NUMBER})\] hit| killed) by Player ")
_WITH = re.compile(rf" with (.{{1,120}}?)(?: from ({NUMBER}) meters ?)?", re.DOTALL)


def parse(message: str) -> Event | None:
    """What a line says; None where it is not the game's, or says two things."""
    if message.startswith(_SUBJECT):
        return _read_battleye(message) or _read_player_line(message)
    if message.startswith("##### "):
        opened = _LIST.fullmatch(message)
        return events.ListOpened(int(opened[1])) if opened else None
    if message == "#####":
        return events.ListClosed()
    if chat := _CHAT.match(message):
        return _read_chat(message, chat)
    return _read_rare(message) or read_mod_line(message)


def _read_player_line(message: str) -> Event | None:
    blocks = find_blocks(message)
    if not blocks:
        return None
    last = blocks[-1]
    tail = message[last.end :]
    if tail.startswith((" into ", " with ")):
        return _read_fight(message, blocks, tail)
    player = player_at(message, len(_SUBJECT), last)
    if player is not None:
        if not tail and any(_BY_PLAYER.match(message, block.end) for block in blocks[:-1]):
            # A listed player with a forged name, or a fight whose line was cut: it cannot be told.
            return None
        return read_tail(player, tail)
    return _read_old_connected(message) if not tail else None


def _read_old_connected(message: str) -> Event | None:
    """PC builds before 2024 write the id behind the verb."""
    match = _OLD_CONNECTED.fullmatch(message)
    return events.Connected(Player(match[1], match[2])) if match else None


def _read_fight(message: str, blocks: list[Block], tail: str) -> Event | None:
    """A line of two players. Names may hold what looks like the seam between them: then there is no reading."""
    is_hit = tail.startswith(" into ")
    seams = []
    for block in blocks[:-1]:
        seam = _BY_PLAYER.match(message, block.end)
        if seam and (seam[1] is not None) == is_hit:
            seams.append((block, seam))
    if len(seams) != 1:
        return None
    block, seam = seams[0]
    subject, other = player_at(message, len(_SUBJECT), block), player_at(message, seam.end(), blocks[-1])
    if subject is None or other is None:
        return None
    return _hit(subject, other, float(seam[1]), tail) if is_hit else _kill(subject, other, tail)


def _hit(subject: Player, attacker: Player, health: float, tail: str) -> Event | None:
    wounding, found, arm = tail.removeprefix(" into ").partition(" with ")
    wound = read_wound(wounding)
    if wound is None:
        return None
    if not found:
        return fights.HitByPlayer(subject, health, attacker, wound)
    match = _WITH.fullmatch(found + arm)
    if not match or not is_text(match[1]):
        return None
    return fights.HitByPlayer(subject, health, attacker, wound, match[1], _meters(match[2]))


def _kill(subject: Player, killer: Player, tail: str) -> Event | None:
    match = _WITH.fullmatch(tail)
    return fights.KilledByPlayer(subject, killer, match[1], _meters(match[2])) if match and is_text(match[1]) else None


def _meters(text: str | None) -> float | None:
    return float(text) if text is not None else None


def _read_chat(message: str, start: re.Match[str]) -> Event | None:
    ends = [*_CHAT_NAME_END.finditer(message, start.end())]
    if len(ends) != 1:
        return None
    (end,) = ends
    player = Player(message[start.end() : end.start()], end[1])
    return events.Chat(player, start[1] or start[2], message[end.end() :])


def _read_rare(message: str) -> Event | None:
    if report := _REPORT.match(message):
        return events.ReportedToAdmin(report[1], message[report.end() :])
    if emote := _RAW_EMOTE.fullmatch(message):
        return events.RawEmote(emote[1], int(emote[2]))
    if message.startswith(("BattlEye Server: ", "Verified GUID ")):
        return _read_battleye(message.removeprefix("BattlEye Server: "))
    return read_ownerless_shelter(message)


_SLOT = r"#([0-9]{1,4}) (.+)"
_BE_CONNECTED = re.compile(
    rf"Player {_SLOT} \(([0-9]{{1,3}}(?:\.[0-9]{{1,3}}){{3}}):[0-9]{{1,5}}\) connected", re.DOTALL
)
_BE_GUID = re.compile(rf"Player {_SLOT} - (?:BE )?GUID: ([0-9a-f]{{32}})(?: \(unverified\))?", re.DOTALL)
_BE_VERIFIED = re.compile(rf"Verified GUID \(([0-9a-f]{{32}})\) of player {_SLOT}", re.DOTALL)


def _read_battleye(message: str) -> Event | None:
    """By how a line ends, which is BattlEye's: a name in front of that may hold a whole line of the game."""
    if match := _BE_CONNECTED.fullmatch(message):
        return events.BattlEyeConnected(int(match[1]), match[2], match[3])
    if match := _BE_GUID.fullmatch(message):
        return events.BattlEyeGuid(int(match[1]), match[2], match[3])
    match = _BE_VERIFIED.fullmatch(message)
    return events.BattlEyeGuid(int(match[2]), match[3], match[1]) if match else None
