"""What an infraction takes on disk, in Postgres and in NATS."""

import asyncpg

from banstream_contracts import streams
from banstream_runtime.connection import connect
from banstream_runtime.streams import stream_size
from bench.history import History
from bench.report import Figure

_RELATIONS = ("event_log", "infractions", "infraction_search", "wall_bans")


async def footprint(history: History) -> list[Figure]:
    """Indexes included; to be asked when read models and streams are whole."""
    connection = await asyncpg.connect(
        history.system.admin_database_url, server_settings={"search_path": "infractions"}
    )
    try:
        kept = {
            name: await connection.fetchval("select pg_total_relation_size($1::regclass)", name) for name in _RELATIONS
        }
    finally:
        await connection.close()
    client = await connect(history.system.nats.settings(), "bench", timeout_seconds=30)
    try:
        names = (streams.EVENTS, f"KV_{streams.RESTRICTIONS_BUCKET}", f"KV_{streams.BAN_LIST_BUCKET}")
        stored = {name: (await stream_size(client, name)).bytes for name in names}
    finally:
        await client.close()
    each = f"of {history.events:,} infractions, one event each"
    return [
        Figure(
            "Postgres, each infraction",
            "bytes",
            sum(kept.values()) / history.events,
            note=f"{each}: " + ", ".join(f"{name} {size / history.events:.0f}" for name, size in kept.items()),
        ),
        Figure(
            "NATS, each infraction",
            "bytes",
            sum(stored.values()) / history.events,
            note=f"{each}: " + ", ".join(f"{name} {size / history.events:.0f}" for name, size in stored.items()),
        ),
    ]
