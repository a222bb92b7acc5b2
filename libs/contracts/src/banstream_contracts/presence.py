"""What gateways keep for each other about game servers: the last beat, and what each was told by RPC (seed 4)."""

from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from banstream_contracts.infractions import Contract
from banstream_contracts.players import Player
from banstream_contracts.text import Name, ShortId

RpcEventId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{24}$")]


class ServerPresence(Contract):
    """The last beat of one server; the value of KV `presence`. Addresses are never in it.

    Time connected is counted up to `counted_until`: a later beat of the same server counts on from there.
    `ignores_others` is of a server that asks for its own and community infractions only.
    """

    server_id: ShortId
    beat_at: AwareDatetime
    counted_until: AwareDatetime
    hostname: Name | None = None
    map: Name | None = None
    mod: Name | None = None
    operating_system: Name | None = None
    max_slots: Annotated[int, Field(ge=0)] = 0
    locked: bool = False
    ignores_others: bool = False
    players: tuple[Player, ...] = ()


class RpcPlace(Contract):
    """How far one server has taken its RPC events; the value of KV `rpc-cursors`.

    Everything up to `sequence` of the stream EVENTS that was made as `incarnation`, and beyond it the events `taken`.
    """

    incarnation: Annotated[str, StringConstraints(pattern=r"^[0-9a-z]{1,16}$")]
    sequence: Annotated[int, Field(ge=0)]
    taken: tuple[RpcEventId, ...] = ()
