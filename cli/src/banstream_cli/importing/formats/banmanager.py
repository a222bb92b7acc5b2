"""BanManager: bans, mutes and warnings with the records of those that have ended, by one SELECT.

Source: facts peers 5.6; what a record says, by PlayerBanRecord.java 0c2b521 (and IpMuteRecord 14578f2, NameBanRecord
25a84f1), which facts 5.6 has the other way round: `reason` is the ban's own, `createdReason` that of the lifting. A ban
that ends moves to another table and gets another id there: a row is known by whom it is about and by its beginning.
"""

from collections.abc import Iterable
from functools import partial
from typing import Any

from banstream_cli.importing.converting import Entry, converted
from banstream_cli.importing.formats.database_rows import WRITTEN_BY_MYSQL, Cells, Shape, table_entries
from banstream_cli.importing.formats.database_values import database_address, is_uuid
from banstream_cli.importing.rows import Format, Found, Lifted, Options, Row, Source
from banstream_cli.importing.text_lists import key_of_address
from banstream_cli.importing.values import end_of_seconds, of_seconds, player
from banstream_contracts.infractions import Punishment

_NAMES = "left join bm_players a on a.id = b.actor_id"
_OF_PLAYER = f"left join bm_players p on p.id = b.player_id {_NAMES}"
_PAST = "left join bm_players past on past.id = b.pastActor_id"
_IN_FORCE = "b.reason, a.name, b.created, b.expires, null, null, null"
_ENDED = "b.reason, past.name, b.pastCreated, b.expired, b.created, a.name, b.createdReason"
SELECT = f"""\
select 'ban' as kind, b.id, hex(b.player_id) as player_id, p.name, null as ip, b.reason, a.name as actor, b.created,
  b.expires, null as lifted_at, null as lifted_by, null as lifted_reason, 0 as online_only
  from bm_player_bans b {_OF_PLAYER}
union all select 'ban', b.id, hex(b.player_id), p.name, null, {_ENDED}, 0
  from bm_player_ban_records b {_OF_PLAYER} {_PAST}
union all select 'mute', b.id, hex(b.player_id), p.name, null, {_IN_FORCE}, b.onlineOnly
  from bm_player_mutes b {_OF_PLAYER}
union all select 'mute', b.id, hex(b.player_id), p.name, null, {_ENDED}, b.onlineOnly
  from bm_player_mute_records b {_OF_PLAYER} {_PAST}
union all select 'ip_ban', b.id, null, null, hex(b.ip), {_IN_FORCE}, 0 from bm_ip_bans b {_NAMES}
union all select 'ip_ban', b.id, null, null, hex(b.ip), {_ENDED}, 0 from bm_ip_ban_records b {_NAMES} {_PAST}
union all select 'ip_mute', b.id, null, null, hex(b.ip), {_IN_FORCE}, 0 from bm_ip_mutes b {_NAMES}
union all select 'ip_mute', b.id, null, null, hex(b.ip), {_ENDED}, 0 from bm_ip_mute_records b {_NAMES} {_PAST}
union all select 'name_ban', b.id, null, b.name, null, {_IN_FORCE}, 0 from bm_name_bans b {_NAMES}
union all select 'name_ban', b.id, null, b.name, null, {_ENDED}, 0 from bm_name_ban_records b {_NAMES} {_PAST}
union all select 'warning', b.id, hex(b.player_id), p.name, null, {_IN_FORCE}, 0
  from bm_player_warnings b {_OF_PLAYER}"""
_HOW = f"{WRITTEN_BY_MYSQL}\n{SELECT}"
_SHAPE = Shape(
    (
        *("kind", "id", "player_id", "name", "ip", "reason", "actor", "created", "expires"),
        *("lifted_at", "lifted_by", "lifted_reason", "online_only"),
    ),
    _HOW,
)
_KINDS = {
    "ban": (Punishment.BAN,),
    "name_ban": (Punishment.BAN,),
    "ip_ban": (Punishment.BAN,),
    "mute": (Punishment.CHAT_BLOCK,),
    "ip_mute": (Punishment.CHAT_BLOCK,),
    "warning": (),
}
_RANGE = "ip_range_ban"


def read(source: Source, options: Options) -> Found:
    """Bans, mutes (of chat) and warnings; ranges of addresses are refused."""
    yield from converted(table_entries(source, _SHAPE), partial(_rows, options.service or "minecraft"), _key)


def _rows(service: str, entry: Entry) -> Iterable[Row]:
    cells: Cells = entry.value
    kind = cells["kind"]
    if kind == _RANGE:
        raise ValueError("it bans a range of addresses: mark the network (banstream vpn add)")
    if kind not in _KINDS:
        raise ValueError(f"kind is {kind[:40]!r}, none of {', '.join(_KINDS)}")
    if not cells["created"] or not cells["expires"]:
        raise ValueError("it names no beginning or no end (0 says never)")
    lifted = _lifted(cells)
    if cells.is_set("online_only") and lifted is None:
        raise ValueError("it counts time in the game alone, which cannot be imported: issue it here again")
    yield Row(
        key=_key(entry),
        **(_of_address(cells) if kind.startswith("ip_") else _of_player(cells, service)),
        punishments=_KINDS[kind],
        reason=cells["reason"] or None,
        issued_at=of_seconds(cells["created"], "created"),
        issued_by=cells["actor"] or None,
        expires_at=end_of_seconds(cells["expires"], "expires"),
        lifted=lifted,
    )


def _key(entry: Entry) -> str:
    """A warning stays where it is; of bans and mutes a player has one at a time. Raises ValueError."""
    cells: Cells = entry.value
    kind = cells["kind"]
    if kind == "warning":
        return f"warning:{cells['id']}"
    is_address = kind.startswith("ip_")
    whom = key_of_address(database_address(cells["ip"])) if is_address else cells["player_id"] or cells["name"]
    return f"{kind}:{whom.lower()}:{cells['created']}"


def _of_address(cells: Cells) -> dict[str, Any]:
    return {"address": database_address(cells["ip"])}


def _of_player(cells: Cells, service: str) -> dict[str, Any]:
    """Known by a name in bm_players; bans of names have no other."""
    name, uuid = cells["name"], cells["player_id"]
    if not name:
        raise ValueError("its player has no name in bm_players, and is known by name here")
    note = f"Minecraft UUID {uuid.lower()}" if is_uuid(uuid) else None
    return {"player": player(service, name), "name": name, "note": note}


def _lifted(cells: Cells) -> Lifted | None:
    """A record is written when a ban runs out, too: at its end or a moment later."""
    if cells["lifted_at"] in {"", "0"}:
        return None
    at, end = of_seconds(cells["lifted_at"], "lifted_at"), end_of_seconds(cells["expires"], "expires")
    if end is not None and at >= end:
        return None
    return Lifted(at, cells["lifted_by"] or None, cells["lifted_reason"] or None)


FORMAT = Format("banmanager", "BanManager: bans, mutes, warnings and their records by a SELECT", read)
