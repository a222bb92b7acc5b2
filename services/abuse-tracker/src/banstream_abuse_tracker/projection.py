"""Read models: where each player stands, which policies there are, who is protected."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from orjson import Fragment

from banstream_abuse_tracker.domain.batch import Known
from banstream_abuse_tracker.domain.policies import Policies
from banstream_abuse_tracker.domain.record import PlayerState
from banstream_contracts.events.abuse import AnyPolicyEvent, PlayerProtected, PlayerUnprotected, PolicySet
from banstream_contracts.policies import Policy
from banstream_contracts.queries.abuse import ProtectedPlayer
from banstream_event_log.connections import Connection
from banstream_event_log.statements import Statement
from banstream_runtime.compact import compact_json

PLAYERS = "players"
POLICIES = "policies"
PROTECTED = "protected_players"


def putting_players(players: Mapping[str, Known], table: str = PLAYERS) -> list[Statement]:
    """Insert or replace, by stream; `table` is another one while the read models are being rebuilt."""
    if not players:
        return []
    put = (
        f"players_put as (insert into {table} (stream, version, document)"
        " select * from unnest($1::text[], $2::integer[], $3::jsonb[])"
        " on conflict (stream) do update set version = excluded.version, document = excluded.document)"
    )
    documents = [_document(stream, known.player) for stream, known in players.items()]
    return [Statement(put, (list(players), [known.version for known in players.values()], documents))]


async def put_policies(connection: Connection, events: Iterable[AnyPolicyEvent], table: str = POLICIES) -> None:
    """One row a version."""
    rows = [
        (
            event.policy_id,
            event.version,
            event.policy.model_dump(mode="json") if isinstance(event, PolicySet) else None,
        )
        for event in events
    ]
    await connection.executemany(f"insert into {table} (policy_id, version, document) values ($1, $2, $3)", rows)


async def put_protections(
    connection: Connection, events: Iterable[PlayerProtected | PlayerUnprotected], table: str = PROTECTED
) -> None:
    """In order: a player may be protected and not within one batch."""
    for event in events:
        if isinstance(event, PlayerUnprotected):
            await connection.execute(f"delete from {table} where player_token = $1", event.player.token)
            continue
        protected = ProtectedPlayer(
            player=event.player, reason=event.reason, protected_at=event.occurred_at, protected_by=event.actor
        )
        await connection.execute(
            f"insert into {table} (player_token, document) values ($1, $2)"
            " on conflict (player_token) do update set document = excluded.document",
            event.player.token,
            protected.model_dump(mode="json", exclude_none=True),
        )


async def known_players(connection: Connection, streams: Iterable[str], table: str = PLAYERS) -> dict[str, Known]:
    """Those that have a row."""
    rows = await connection.fetch(
        f"select stream, version, document from {table} where stream = any($1)", list(streams)
    )
    return {stream: Known(version, msgspec.convert(document, PlayerState)) for stream, version, document in rows}


async def all_policies(connection: Connection) -> Policies:
    """Every version of every policy."""
    versions: dict[str, tuple[Policy | None, ...]] = {}
    for row in await connection.fetch("select policy_id, document from policies order by policy_id, version"):
        policy = Policy.model_validate(row["document"]) if row["document"] else None
        versions[row["policy_id"]] = (*versions.get(row["policy_id"], ()), policy)
    return Policies(versions)


def _document(stream: str, state: PlayerState) -> Fragment:
    """`PlayerAbuse` as JSON: text, since the driver looks long at each object of an array whether it is one itself."""
    _, service, player_id = stream.split(":", 2)
    values: dict[str, Any] = msgspec.to_builtins(state)
    values["player"] = {"service": service, "id": player_id}
    return Fragment(compact_json(values))
