"""What streams have come to: by their events where these are few, by the documents of the read models where not.

Read models are written in the transaction of the events, by every release and every rebuild, and lose what is erased.
Where a document is behind the last event of its stream, something else is wrong, and the stream is read whole.
See docs/adr/0029-long-streams-are-decided-on-by-their-documents.md.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import asyncpg

from banstream_contracts.accounts import AccountEntry
from banstream_contracts.admins import Admin
from banstream_contracts.appeals import Appeal
from banstream_contracts.events.calls import CallOpened
from banstream_contracts.infractions import Credential, Infraction
from banstream_contracts.networks import MarkedNetwork, network_key
from banstream_contracts.players import address_token, subject_token
from banstream_contracts.queries.infractions import ReviewRequest
from banstream_contracts.tiering import TieringPolicy
from banstream_event_log import erasure, log
from banstream_event_log.connections import Connection
from banstream_event_log.events import LoggedEvent
from banstream_infractions.domain.batch import known_of
from banstream_infractions.domain.record import Known, Record
from banstream_infractions.domain.restricting import RESTRICTING
from banstream_infractions.domain.sought import Sought
from banstream_infractions.read_models.document_rows import (
    ACCOUNTS,
    ADMINS,
    APPEALS,
    CREDENTIALS,
    NETWORKS,
    REQUESTS,
    TIERING_POLICIES,
    DocumentRows,
)

LONGEST = 50
"""Events that are folded at each command; a longer stream is known by its documents."""
_TAIL = 2
"""Events that are read of a longer one. A call is opened and at most claimed: its last two tell of the last call."""
_CALL_OPENED = str(CallOpened.model_fields["type"].default)

_OF_STREAMS = """
    select stream, document from infractions where player_token = any($1) and {condition}
    union all
    select stream, document from infractions
    where address_token = any($2) and player_token is null and {condition}
"""
_RESTRICTING = " union all ".join(_OF_STREAMS.format(condition=condition) for condition in RESTRICTING)
"""What gateways hear of too."""
_WARNINGS = _OF_STREAMS.format(condition="status = 'active' and is_warning")
_DUE_WARNINGS = _OF_STREAMS.format(
    condition="status = 'active' and is_warning and lifetime = 'timed' and expires_at <= $3"
)
_BY_POLICY = _OF_STREAMS.format(condition="status <> 'lifted' and document ->> 'tiering_policy_id' = any($3)")
_NAMED = "select stream, document from infractions where id = any($1) and stream = any($2)"

Document = TypeVar("Document", Admin, TieringPolicy, Credential, MarkedNetwork, AccountEntry, ReviewRequest, Appeal)


def _token(player: str) -> str:
    """The KV key of a player as streams name them."""
    service, _, player_id = player.partition(":")
    return subject_token(service, player_id)


@dataclass(frozen=True, slots=True)
class _Kept(Generic[Document]):
    """A kind of stream that says one thing: the rows of its read model, what one says, and its id by the stream."""

    rows: DocumentRows[Document]
    record: Callable[[Document], Record]
    key: Callable[[str], str] = str

    async def known(self, connection: Connection, ends: Mapping[str, LoggedEvent]) -> dict[str, Known]:
        """Of streams by their last events, those whose documents have got there."""
        keys = {self.key(stream.partition(":")[2]): stream for stream in ends}
        rows = await connection.fetch(f"select id, document from {self.rows.table} where id = any($1)", list(keys))
        documents = {keys[row["id"]]: self.rows.model.model_validate(row["document"]) for row in rows}
        return {
            stream: Known(ends[stream].version, self.record(document))
            for stream, document in documents.items()
            if document.position == ends[stream].position
        }


_CREDENTIALS = _Kept(CREDENTIALS, lambda each: Record(credential=each))
_KEPT: Mapping[
    str,
    _Kept[Admin]
    | _Kept[TieringPolicy]
    | _Kept[Credential]
    | _Kept[MarkedNetwork]
    | _Kept[AccountEntry]
    | _Kept[ReviewRequest]
    | _Kept[Appeal],
]
_KEPT = {
    "admin": _Kept(ADMINS, lambda each: Record(admin=each), _token),
    "tiering": _Kept(TIERING_POLICIES, lambda each: Record(tiering_policy=each)),
    "server": _CREDENTIALS,
    "token": _CREDENTIALS,
    "network": _Kept(NETWORKS, lambda each: Record(network=each), network_key),
    "account": _Kept(ACCOUNTS, lambda each: Record(account=each)),
    "request": _Kept(REQUESTS, lambda each: Record(request=each)),
    "appeal": _Kept(APPEALS, lambda each: Record(appeal=each)),
}


async def known(
    connection: Connection, streams: Iterable[str], sought: Sought, longest: int = LONGEST
) -> dict[str, Known]:
    """What each stream has come to, in the transaction that holds the log; those are long that have more events."""
    found: dict[str, Known] = {}
    ends: dict[str, list[LoggedEvent]] = {}
    for stream, history in (await log.load_short(connection, streams, longest, _TAIL)).items():
        if history and history[0].version > 1:
            ends[stream] = history
        else:
            found[stream] = known_of(history)
    if ends:
        found |= await _by_documents(connection, ends, sought)
    if left := ends.keys() - found.keys():
        found |= {stream: known_of(history) for stream, history in (await log.load(connection, left)).items()}
    return found | await _with_erasures(connection, {stream: found[stream] for stream in sought.erasable})


async def _with_erasures(connection: Connection, streams: Mapping[str, Known]) -> dict[str, Known]:
    """Streams of persons with up to where they were erased."""
    until = await erasure.erased_until(connection, streams) if streams else {}
    return {
        stream: replace(each, record=replace(each.record, erased_until=until.get(stream, 0)))
        for stream, each in streams.items()
    }


async def _by_documents(
    connection: Connection, ends: Mapping[str, Sequence[LoggedEvent]], sought: Sought
) -> dict[str, Known]:
    """Those that need not be read whole."""
    found = {stream: each for stream, end in ends.items() if (each := _last_call(end))}
    for kind, kept in _KEPT.items():
        if of_kind := {stream: end[-1] for stream, end in ends.items() if stream.startswith(f"{kind}:")}:
            found |= await kept.known(connection, of_kind)
    found |= await _with_beginning(connection, {stream: each for stream, each in found.items() if each.record.request})
    persons = {
        stream: end[-1]
        for stream, end in ends.items()
        if stream.startswith(("player:", "address:")) and stream not in sought.whole
    }
    return found | (await _persons(connection, persons, sought) if persons else {})


def _last_call(end: Sequence[LoggedEvent]) -> Known | None:
    """Of the calls of a server, which no read model has: it says absolutely how things stand."""
    opened = next((place for place, event in enumerate(end) if event.type == _CALL_OPENED), None)
    return None if opened is None else known_of(end[opened:])


async def _with_beginning(connection: Connection, requests: Mapping[str, Known]) -> dict[str, Known]:
    """Requests with how they began, which holds what is locked for the player and is in no document."""
    if not requests:
        return {}
    begun = await log.load_first(connection, requests)
    return {
        stream: replace(each, record=replace(each.record, opened=known_of([begun[stream]]).record.opened))
        for stream, each in requests.items()
    }


async def _persons(connection: Connection, ends: Mapping[str, LoggedEvent], sought: Sought) -> dict[str, Known]:
    """Infractions of players and addresses, in the order of time as fold has them."""
    last = {stream: str(event.data["infraction_id"]) for stream, event in ends.items() if "infraction_id" in event.data}
    infractions: dict[str, dict[str, Infraction]] = {stream: {} for stream in ends}
    rows = await _rows(connection, ends, sought, last.values())
    found = [(row["stream"], Infraction.model_validate(row["document"])) for row in rows]
    for stream, infraction in sorted(found, key=lambda each: (each[1].issued_at, each[1].id)):
        infractions[stream][infraction.id] = infraction
    return {
        stream: Known(end.version, Record(infractions=infractions[stream]))
        for stream, end in ends.items()
        if stream not in last or _reaches(infractions[stream].get(last[stream]), end)
    }


async def _rows(
    connection: Connection, ends: Mapping[str, LoggedEvent], sought: Sought, last: Iterable[str]
) -> list[asyncpg.Record]:
    players = [_token(whom) for whom in _named("player:", ends)]
    addresses = [address_token(whom) for whom in _named("address:", ends)]
    rows = await connection.fetch(_RESTRICTING, players, addresses)
    rows += await connection.fetch(_NAMED, [*sought.infraction_ids, *last], list(ends))
    if sought.warnings:
        rows += await connection.fetch(_WARNINGS, players, addresses)
    if sought.due_at:
        rows += await connection.fetch(_DUE_WARNINGS, players, addresses, sought.due_at)
    if sought.tiering_policy_ids:
        rows += await connection.fetch(_BY_POLICY, players, addresses, list(sought.tiering_policy_ids))
    return rows


def _named(prefix: str, streams: Iterable[str]) -> list[str]:
    return [stream.removeprefix(prefix) for stream in streams if stream.startswith(prefix)]


def _reaches(infraction: Infraction | None, end: LoggedEvent) -> bool:
    return infraction is not None and infraction.position == end.position
