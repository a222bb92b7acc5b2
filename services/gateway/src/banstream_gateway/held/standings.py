"""Standings as this process keeps them: small, since a million of them have to fit into memory."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from banstream_gateway.held.players import HeldPlayer


class Row(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A packed restriction, without what it lacks at its end: of most that are four of the fields.

    Copies on disk hold these: with it changes the format of `copies.blocks`.
    """

    identity: bytes
    punishments: tuple[int, ...]
    lifetime: int
    reason: str
    scope: int
    issuer: int | None = None
    expires_at: datetime | None = None
    server: int | None = None
    time_left: int | None = None
    renewals: int | None = None
    exempt: tuple[tuple[str, str], ...] | None = None


class Restriction(msgspec.Struct, frozen=True, gc=False):
    """`banstream_contracts.infractions.Restriction` as the KV value carries it."""

    infraction_id: str
    punishments: tuple[str, ...]
    lifetime: str
    reason: str
    scope: str
    server_id: str | None = None
    expires_at: datetime | None = None
    time_left_seconds: int | None = None
    issuer_name: str | None = None
    appeal_code_renewals: int | None = None
    exempt: tuple[HeldPlayer, ...] | None = None


class Standing(msgspec.Struct, frozen=True, gc=False):
    """`banstream_contracts.infractions.Standing` as the KV value carries it."""

    position: int
    restrictions: tuple[Restriction, ...] = ()


read = msgspec.json.Decoder(Standing).decode
"""Read a KV value. Raises msgspec.DecodeError, which is a ValueError."""

_pack_into = msgspec.msgpack.Encoder().encode_into
_unpack = msgspec.msgpack.Decoder(tuple[int, tuple[Row, ...]]).decode
_unpack_position = msgspec.msgpack.Decoder(tuple[int, msgspec.Raw]).decode


def position_of(value: bytes) -> int:
    """The log position of a packed standing."""
    return _unpack_position(value)[0]


class Packing:
    """Packs standings to a quarter of their JSON: what comes again and again (servers, issuers) is kept once."""

    def __init__(self) -> None:
        self._numbers = _Numbers()
        self._written = bytearray()

    @property
    def words(self) -> Sequence[str]:
        """What comes again and again, in the order in which it came: packed standings are read with these."""
        return self._numbers.words

    def learn(self, words: Iterable[str]) -> None:
        """Read, from now on, what another one has packed with these words behind those already learnt."""
        for word in words:
            self._numbers[word]

    def packed(self, standing: Standing) -> bytes:
        """The bytes to keep. Raises ValueError for an id that is not hex.

        They are a copy of what was written: what an encoder returns was made larger and then cut, and keeps up to a
        third more memory than it has bytes.
        """
        rows = [*map(self._row, standing.restrictions)]
        _pack_into((standing.position, rows), self._written)
        return bytes(self._written)

    def restrictions_of(self, value: bytes) -> Iterable[Restriction]:
        """The restrictions of a packed standing."""
        word = self._numbers.words.__getitem__
        for row in _unpack(value)[1]:
            yield Restriction(
                row.identity.hex(),
                tuple(map(word, row.punishments)),
                word(row.lifetime),
                row.reason,
                word(row.scope),
                None if row.server is None else word(row.server),
                row.expires_at,
                row.time_left,
                None if row.issuer is None else word(row.issuer),
                row.renewals,
                None if row.exempt is None else tuple(HeldPlayer(*player) for player in row.exempt),
            )

    def _row(self, restriction: Restriction) -> list[object]:
        number = self._numbers
        row: list[object] = [
            bytes.fromhex(restriction.infraction_id),
            [number[punishment] for punishment in restriction.punishments],
            number[restriction.lifetime],
            restriction.reason,
            number[restriction.scope],
            number[restriction.issuer_name],
            restriction.expires_at,
            number[restriction.server_id],
            restriction.time_left_seconds,
            restriction.appeal_code_renewals,
            restriction.exempt and [(player.service, player.id) for player in restriction.exempt],
        ]
        while row[-1] is None:
            row.pop()
        return row


class _Numbers(dict[str | None, int | None]):
    """A number for each word, the next one for a word that is new; none for no word."""

    def __init__(self) -> None:
        super().__init__({None: None})
        self.words: list[str] = []

    def __missing__(self, word: str) -> int:
        number = self[word] = len(self.words)
        self.words.append(word)
        return number
