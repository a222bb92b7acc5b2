"""Standings as this process keeps them: small, since a million of them have to fit into memory."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from banstream_gateway.held.players import HeldPlayer

Pairs = tuple[tuple[str, str], ...]
Row = tuple[
    bytes,
    tuple[int, ...],
    int,
    str,
    int,
    int | None,
    datetime | None,
    int | None,
    int | None,
    int | None,
    Pairs | None,
]


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

    def packed(self, standing: Standing) -> bytes:
        """The bytes to keep. Raises ValueError for an id that is not hex.

        They are a copy of what was written: what an encoder returns was made larger and then cut, and keeps up to a
        third more memory than it has bytes.
        """
        number = self._numbers
        _pack_into(
            (
                standing.position,
                [
                    (
                        bytes.fromhex(each.infraction_id),
                        [number[punishment] for punishment in each.punishments],
                        number[each.lifetime],
                        each.reason,
                        number[each.scope],
                        number[each.server_id],
                        each.expires_at,
                        each.time_left_seconds,
                        number[each.issuer_name],
                        each.appeal_code_renewals,
                        each.exempt and [(player.service, player.id) for player in each.exempt],
                    )
                    for each in standing.restrictions
                ],
            ),
            self._written,
        )
        return bytes(self._written)

    def restrictions_of(self, value: bytes) -> Iterable[Restriction]:
        """The restrictions of a packed standing."""
        word = self._numbers.words.__getitem__
        for (
            identity,
            punishments,
            lifetime,
            reason,
            scope,
            server,
            expires_at,
            time_left,
            issuer,
            renewals,
            exempt,
        ) in _unpack(value)[1]:
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
                None if exempt is None else tuple(HeldPlayer(service, player_id) for service, player_id in exempt),
            )


class _Numbers(dict[str | None, int | None]):
    """A number for each word, the next one for a word that is new; none for no word."""

    def __init__(self) -> None:
        super().__init__({None: None})
        self.words: list[str] = []

    def __missing__(self, word: str) -> int:
        number = self[word] = len(self.words)
        self.words.append(word)
        return number
