"""The bans that clients with lists of their own need in clear, in memory: watched, ahead of that where written here."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec
import structlog
from cryptography.exceptions import InvalidTag

from banstream_contracts.infractions import Scope
from banstream_contracts.players import address_token
from banstream_contracts.streams import POSITION_KEY
from banstream_edge.coverage import Coverage
from banstream_gateway.held.players import HeldPlayer
from banstream_privacy.addresses import is_nobodys
from banstream_privacy.sharing import opened

logger = structlog.stdlib.get_logger(__name__)


class ListedBan(msgspec.Struct, frozen=True, gc=False):
    """`banstream_contracts.listed_bans.ListedBan` as the KV value carries it, opened.

    `address` and `name` are in clear; without a player an address is banned alone. One that is nobody's is left out.
    With a player it is banned until `address_expires_at`, or as long as the player.
    """

    infraction_id: str
    position: int
    reason: str
    scope: str
    issued_at: datetime
    is_ended: bool = False
    player: HeldPlayer | None = None
    player_name: str | None = None
    sealed_name: str | None = None
    sealed_address: str | None = None
    server_id: str | None = None
    expires_at: datetime | None = None
    address: str | None = None
    address_hash: str | None = None
    address_expires_at: datetime | None = None

    def at(self, now: datetime) -> "ListedBan":
        """The ban without its address, where that is banned no more."""
        if self.address is None or self.address_expires_at is None or self.address_expires_at > now:
            return self
        return msgspec.structs.replace(self, address=None)

    @property
    def name(self) -> str:
        """As first written; the player's id where nobody wrote one, empty for an address alone."""
        return self.player_name or (self.player.id if self.player else "")


_read = msgspec.json.Decoder(ListedBan).decode


class BanList:
    """Bans by infraction, merged from the watch and from own writes: the higher position wins.

    `version` counts changes, `own_version` is that of the last one that this process wrote itself. `key` opens what is
    sealed; what does not open is left out of a ban, and the ban stays. `others` tells the position that the
    restrictions have reached. `tokens` tells every KV key that an address may be restricted under; a ban that is under
    none of these is one of an address key that is not held here, and checks by address miss it.
    """

    def __init__(
        self, key: bytes, others: Callable[[], int], tokens: Callable[[str], Sequence[str]] | None = None
    ) -> None:
        self.version = 0
        self.own_version = 0
        self.changed = asyncio.Event()
        self._key = key
        self._others = others
        self._tokens = tokens
        self._is_key_missed = False
        self._coverage = Coverage()
        self._held: dict[str, ListedBan] = {}
        self._ended: dict[str, int] = {}
        self._on_servers: Counter[str] = Counter()
        self._players: Counter[str] = Counter()
        self._is_known = False

    @property
    def position(self) -> int:
        """The log position that the watch has reached."""
        return self._coverage.position

    @property
    def is_behind(self) -> bool:
        """Whether the running pass of the watch knows less than an earlier one did."""
        return self._coverage.is_behind

    def is_known(self, *, is_loaded: bool) -> bool:
        """Whether there is a list to show: once it has been as far as the restrictions, for ever.

        A bucket that is being filled, or was lost, must not pass for a list of nobody.
        """
        self._is_known = self._is_known or (is_loaded and self.position >= max(self._others(), 1))
        return self._is_known

    def __len__(self) -> int:
        """How many bans."""
        return len(self._held)

    @property
    def players(self) -> int:
        """How many players are banned."""
        return len(self._players)

    def find(self, infraction_id: str) -> ListedBan | None:
        """The ban of an infraction."""
        return self._held.get(infraction_id)

    def view(self, server_id: str | None) -> str | None:
        """Whose list a server sees: its own where bans hold on it alone, else that of everybody."""
        return server_id if server_id in self._on_servers else None

    def seen_by(self, server_id: str | None) -> list[ListedBan]:
        """The bans that bind a server, or those that bind everybody, ended by time or not."""
        return [ban for ban in self._held.values() if ban.scope != Scope.SERVER or ban.server_id == server_id]

    def begin(self) -> None:
        """The watch starts again from the beginning; what it does not name until `complete` is gone."""
        self._coverage.begin(empty=not self._held)

    def apply(self, key: str, value: bytes | None) -> None:
        """Take one entry of the watch; None is a deletion. Raises msgspec.DecodeError or ValueError."""
        if key == POSITION_KEY:
            self._advance(int(value or b"0"))
        elif value is not None:
            ban = _read(value)
            if not ban.is_ended:
                self._coverage.see(key)
            self._merge(self._opened(ban))
        elif (held := self._held.get(key)) and held.position <= self.position:
            self._remove(key)

    def complete(self) -> None:
        """Everything of the bucket has been seen. What is gone there goes here, save what is ahead of it."""
        for key in self._coverage.vanished(self._held.keys()):
            if self._held[key].position <= self.position:
                self._remove(key)

    def apply_own(self, ban: ListedBan) -> None:
        """Take a ban, opened, as a command of this process has left it, unless the watch has covered it already."""
        if ban.position > self.position:
            self._merge(ban)
        self.own_version = self.version

    def _merge(self, ban: ListedBan) -> None:
        key = ban.infraction_id
        held = self._held.get(key)
        known = held.position if held else self._ended.get(key, 0)
        if ban.position < known or ban == held:
            return
        if held:
            self._remove(key)
        if not ban.is_ended:
            self._held[key] = ban
            self._count(ban, 1)
            self._note_change()
        elif ban.position > self.position:
            self._ended[key] = ban.position

    def _remove(self, key: str) -> None:
        self._count(self._held.pop(key), -1)
        self._note_change()

    def _count(self, ban: ListedBan, change: int) -> None:
        counted = [(self._players, ban.player.id)] if ban.player else []
        if ban.scope == Scope.SERVER and ban.server_id:
            counted.append((self._on_servers, ban.server_id))
        for counter, key in counted:
            counter[key] += change
            if not counter[key]:
                del counter[key]

    def _note_change(self) -> None:
        self.version += 1
        self.changed.set()

    def _advance(self, position: int) -> None:
        if self._coverage.advance(position):
            for key in [key for key, needed in self._ended.items() if needed <= position]:
                del self._ended[key]

    def _opened(self, ban: ListedBan) -> ListedBan:
        if not (ban.sealed_address or ban.sealed_name):
            return ban
        address = _somebodys(self._open(ban, ban.sealed_address))
        self._compare(ban, address)
        return msgspec.structs.replace(
            ban,
            address=address,
            player_name=ban.player_name or self._open(ban, ban.sealed_name),
            sealed_address=None,
            sealed_name=None,
        )

    def _compare(self, ban: ListedBan, address: str | None) -> None:
        """Said once: whoever forgot a key in this process has forgotten it for many bans."""
        if self._tokens is None or self._is_key_missed or address is None or ban.address_hash is None:
            return
        if address_token(ban.address_hash) not in self._tokens(address):
            self._is_key_missed = True
            logger.error("address_key_missing", infraction_id=ban.infraction_id)

    def _open(self, ban: ListedBan, sealed: str | None) -> str | None:
        if sealed is None:
            return None
        try:
            return opened(self._key, ban.infraction_id, sealed)
        except (InvalidTag, ValueError):
            logger.error("listed_ban_not_opened", infraction_id=ban.infraction_id)  # noqa: TRY400 - nothing to add
            return None


def _somebodys(address: str | None) -> str | None:
    """Clients would kick everybody of whom they know no better address."""
    return None if address is None or is_nobodys(address) else address
