"""Which bans go in which file. Pure."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from banstream_contracts.ban_files import BanFileFilters, BanFileFormat
from banstream_contracts.infractions import Scope
from banstream_ftp_sync.bans import Ban
from banstream_ftp_sync.formats.wanted import WantedEntry

ADDRESS = "address"
"""Stands for banned addresses among the services of players."""

HOLDS: dict[BanFileFormat, frozenset[str]] = {
    BanFileFormat.DAYZ: frozenset({"dayz", "xbox"}),
    BanFileFormat.NITRADO: frozenset({"dayz", "xbox"}),
    BanFileFormat.SOURCE_USERS: frozenset({"steam"}),
    BanFileFormat.SOURCE_ADDRESSES: frozenset({ADDRESS}),
    BanFileFormat.MINECRAFT_PLAYERS: frozenset({"minecraft"}),
    BanFileFormat.MINECRAFT_ADDRESSES: frozenset({ADDRESS}),
    BanFileFormat.RUST: frozenset({"steam"}),
    BanFileFormat.ARK_EVOLVED: frozenset({"steam"}),
    BanFileFormat.ARK_ASCENDED: frozenset({"eos"}),
    BanFileFormat.PALWORLD: frozenset({"steam"}),
    BanFileFormat.SQUAD: frozenset({"steam"}),
    BanFileFormat.BATTLEYE: frozenset({"steam", "battleye", ADDRESS}),
}
"""Whose bans a format can hold; those of other games are no business of a file."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The bans that are to be in a file, and those of protected players, which never are.

    At `ends_at` the address of one of them is banned no more, of which no event tells.
    """

    wanted: Sequence[WantedEntry]
    protected: Sequence[str]
    ends_at: datetime | None = None


def chosen(
    bans: Sequence[Ban],
    protected: Collection[str],
    ban_format: BanFileFormat,
    filters: BanFileFilters,
    open_address: Callable[[str], str],
    now: datetime,
) -> Chosen:
    """What a file should hold at `now`; `protected` are tokens of players."""
    concerned = (_as_held(ban, ban_format) for ban in bans if concerns(ban, ban_format, filters))
    passing = [ban for ban in concerned if not is_over(ban, now)]
    by_address = HOLDS[ban_format] == {ADDRESS}
    return Chosen(
        wanted=[_entry(ban, ban_format, open_address) for ban in passing if not _is_protected(ban, protected)],
        protected=[ban.infraction_id for ban in passing if _is_protected(ban, protected)],
        ends_at=min((ban.address_expires_at for ban in passing if by_address and ban.address_expires_at), default=None),
    )


def concerns(ban: Ban, ban_format: BanFileFormat, filters: BanFileFilters) -> bool:
    """Whether a file that is read by the filters' servers has to hold a ban."""
    held = HOLDS[ban_format]
    is_held = (ban.player is not None and ban.player.service in held) or (
        ADDRESS in held and ban.sealed_address is not None
    )
    if not is_held or (filters.scopes and ban.scope not in filters.scopes):
        return False
    is_own = ban.server_id is not None and ban.server_id in filters.servers
    match ban.scope:
        case Scope.SERVER:
            return is_own
        case Scope.GLOBAL:
            return is_own or filters.include_other_servers
        case Scope.COMMUNITY:
            return True


def is_over(ban: Ban, now: datetime) -> bool:
    """Whether time has ended it already."""
    return ban.expires_at is not None and ban.expires_at <= now


def _as_held(ban: Ban, ban_format: BanFileFormat) -> Ban:
    """The ban as long as a format holds it: one of addresses alone no longer than the address is banned."""
    end = ban.address_expires_at
    if end is None or HOLDS[ban_format] != {ADDRESS}:
        return ban
    return ban.model_copy(update={"expires_at": min(end, ban.expires_at or end)})


def _is_protected(ban: Ban, protected: Collection[str]) -> bool:
    return ban.player is not None and ban.player.token in protected


def _entry(ban: Ban, ban_format: BanFileFormat, open_address: Callable[[str], str]) -> WantedEntry:
    is_opened = ADDRESS in HOLDS[ban_format] and ban.sealed_address is not None
    return WantedEntry(
        infraction_id=ban.infraction_id,
        reason=ban.reason,
        issued_at=ban.issued_at,
        player=ban.player,
        address=open_address(ban.sealed_address) if is_opened and ban.sealed_address else None,
        player_name=ban.player_name,
        expires_at=ban.expires_at,
        is_automatic=ban.is_automatic,
    )
