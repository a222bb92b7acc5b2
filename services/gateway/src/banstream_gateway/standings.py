"""Standings as this process keeps them: small, since a million of them have to fit into memory."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

Row = tuple[bytes, tuple[int, ...], int, str, int, int | None, datetime | None, int | None, int | None, int | None]


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


class Standing(msgspec.Struct, frozen=True, gc=False):
    """`banstream_contracts.infractions.Standing` as the KV value carries it."""

    position: int
    restrictions: tuple[Restriction, ...] = ()


read = msgspec.json.Decoder(Standing).decode
"""Read a KV value. Raises msgspec.DecodeError, which is a ValueError."""

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(tuple[int, tuple[Row, ...]]).decode
_unpack_position = msgspec.msgpack.Decoder(tuple[int, msgspec.Raw]).decode


def position_of(value: bytes) -> int:
    """The log position of a packed standing."""
    return _unpack_position(value)[0]


class Packing:
    """Packs standings to a quarter of their JSON: what comes again and again (servers, issuers) is kept once."""

    def __init__(self) -> None:
        self._words: list[str] = []
        self._numbers: dict[str, int] = {}

    def packed(self, standing: Standing) -> bytes:
        """The bytes to keep. Raises ValueError for an id that is not hex."""
        return _pack((standing.position, [self._row(each) for each in standing.restrictions]))

    def restrictions_of(self, value: bytes) -> Iterable[Restriction]:
        """The restrictions of a packed standing."""
        word = self._words.__getitem__
        for identity, punishments, lifetime, reason, scope, server, expires_at, time_left, issuer, renewals in _unpack(
            value
        )[1]:
            yield Restriction(
                identity.hex(),
                tuple(word(each) for each in punishments),
                word(lifetime),
                reason,
                word(scope),
                None if server is None else word(server),
                expires_at,
                time_left,
                None if issuer is None else word(issuer),
                renewals,
            )

    def _row(self, restriction: Restriction) -> Row:
        return (
            bytes.fromhex(restriction.infraction_id),
            tuple(self._number(each) for each in restriction.punishments),
            self._number(restriction.lifetime),
            restriction.reason,
            self._number(restriction.scope),
            None if restriction.server_id is None else self._number(restriction.server_id),
            restriction.expires_at,
            restriction.time_left_seconds,
            None if restriction.issuer_name is None else self._number(restriction.issuer_name),
            restriction.appeal_code_renewals,
        )

    def _number(self, word: str) -> int:
        number = self._numbers.get(word)
        if number is None:
            number = self._numbers[word] = len(self._words)
            self._words.append(word)
        return number
