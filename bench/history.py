"""A long log, made inside the database: what a community has after years, for the benchmarks that read it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg

from banstream_testing.system import System, running_system
from bench.checks import UNLIMITED

PLAYERS_OF_EACH_HUNDRED = 80
CATEGORIES = ("aimbot", "wallhack", "spinbot", "griefing", "toxicity", "lag_machine")
DAYS = 365

_FILL = """
    insert into event_log
    select $1 + n, 'player:roblox:' || player, 1 + (n - 1) / $3, gen_random_uuid(), 'infraction.issued', 1,
        jsonb_build_object('type', 'infraction.issued', 'infraction_id', '01948f6e' || lpad(to_hex(n), 16, '0'),
            'player', jsonb_build_object('service', 'roblox', 'id', player::text),
            'player_name', (array['builder', 'Guest', 'noob', 'ツバサ', 'dark_knight', 'Xx'])[1 + n % 6] || player,
            'punishments', case when n % 10 = 0 then '["chat_block"]'::jsonb else '["ban"]'::jsonb end,
            'lifetime', 'permanent', 'scope', 'global', 'category', ($4::text[])[1 + n % 6],
            'severity', (array['low', 'medium', 'high', 'critical'])[1 + n % 4],
            'reason', 'seen by staff, case ' || n),
        gen_random_uuid(), 0, gen_random_uuid(), gen_random_uuid(),
        '{"kind": "token", "id": "01948a00000000000000cafe", "name": "moderator"}', null, at, at,
        decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex')
    from (select n, 1000000 + (n - 1) % $3 as player,
        now() - ($5::float8 * (1 - n / $2::float8)) * interval '1 day' as at
        from generate_series(1, $2::bigint) as n) as numbered
"""
"""Rows as infractions writes them, but for the chain and the locking of names, which no benchmark reads."""


@dataclass(slots=True)
class History:
    """A system whose log is `head` long and whose infractions service is not running."""

    system: System
    events: int
    head: int
    players: int


@asynccontextmanager
async def long_history(events: int) -> AsyncIterator[History]:
    """So many infractions, evenly over a year, most players with one of them; nothing else has seen them yet."""
    players = events * PLAYERS_OF_EACH_HUNDRED // 100
    async with running_system(settings=UNLIMITED) as system:
        system.infractions.kill()
        connection = await asyncpg.connect(
            system.admin_database_url, server_settings={"search_path": "infractions"}, command_timeout=1800
        )
        try:
            before = await connection.fetchval("select max(position) from event_log")
            await connection.execute(_FILL, before, events, players, CATEGORIES, float(DAYS))
            await connection.execute("vacuum analyze event_log")
        finally:
            await connection.close()
        yield History(system, events, before + events, players)
