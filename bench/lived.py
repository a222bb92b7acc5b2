"""A log as a community leaves it: of each ten infractions three are lifted, two amended, two expire, one is served.

One of ten is about a player whom a request names too, with a comment. Each of these comes days after the infraction,
so most of a rebuild that meets it has put the infraction into its tables long before.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from secrets import token_hex

import asyncpg

from banstream_infractions import operations
from banstream_testing.processes import ROLE_PASSWORD
from bench.history import CATEGORIES, DAYS

EVENTS_OF_TEN = 20

_FILL = """
    insert into event_log
    with numbered as (
        select n, jsonb_build_object('infraction_id', '01948f6e' || lpad(to_hex(n), 16, '0'), 'scope', 'global',
                'player', jsonb_build_object('service', 'roblox', 'id', (1000000 + (n - 1) % $2)::text)) as about,
            'player:roblox:' || 1000000 + (n - 1) % $2 as stream,
            now() - ($4::float8 * (1 - n / $1::float8)) * interval '1 day' as at
        from generate_series(1, $1::bigint) as n
    ), happened as (
        select stream, at, 0 as place, about || jsonb_build_object('type', 'infraction.issued',
            'player_name', (array['builder', 'Guest', 'noob', 'ツバサ', 'dark_knight', 'Xx'])[1 + n % 6] || n,
            'punishments', case when n % 10 = 0 then '["chat_block"]'::jsonb else '["ban"]'::jsonb end,
            'category', ($3::text[])[1 + n % 6], 'severity', (array['low', 'medium', 'high', 'critical'])[1 + n % 4],
            'reason', 'seen by staff, case ' || n)
            || case when n % 10 in (3, 6) then jsonb_build_object('lifetime', 'timed', 'duration_seconds', 604800,
                    'expires_at', to_jsonb(at + interval '7 days'))
                when n % 10 = 8 then '{"lifetime": "online", "duration_seconds": 36000}'
                else '{"lifetime": "permanent"}' end as data
        from numbered
        union all
        select stream, at + interval '20 days', 1, about || '{"type": "infraction.lifted", "punishments": ["ban"],
            "ended": true, "reason": "appealed"}' from numbered where n % 10 in (1, 4, 7)
        union all
        select stream, at + interval '2 days', 1, about || '{"type": "infraction.amended", "lifetime": "permanent",
            "changes": {"reason": "seen by staff, and on the recording"}}' from numbered where n % 10 in (2, 5)
        union all
        select stream, at + interval '7 days', 1, about || '{"type": "infraction.expired", "punishments": ["ban"]}'
        from numbered where n % 10 in (3, 6)
        union all
        select stream, at + interval '1 day', 1, about || '{"type": "infraction.served", "seconds": 3600,
            "time_left_seconds": 32400}' from numbered where n % 10 = 8
        union all
        select 'request:' || (about ->> 'infraction_id'), at + interval '1 hour' * place, place,
            jsonb_build_object('request_id', about -> 'infraction_id', 'player', about -> 'player') || said
        from numbered, (values (0, '{"type": "request.opened", "reason": "please look"}'::jsonb),
            (1, '{"type": "request.commented", "note": "looked at the recording"}'::jsonb)) as said (place, said)
        where n % 10 = 9
    )
    select row_number() over (order by at, place, stream), stream,
        row_number() over (partition by stream order by at, place), gen_random_uuid(), data ->> 'type', 1, data,
        gen_random_uuid(), 0, gen_random_uuid(), gen_random_uuid(),
        '{"kind": "token", "id": "01948a00000000000000cafe", "name": "moderator"}', null, at, at,
        decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex')
    from happened
"""


@asynccontextmanager
async def lived_log(admin_url: str, events: int) -> AsyncIterator[str]:
    """The administrator's URL of a database of its own with a log so long, on the same server."""
    name = f"lived_{token_hex(4)}"
    url = f"{admin_url.rpartition('/')[0]}/{name}"
    infractions = events * 10 // EVENTS_OF_TEN
    admin = await asyncpg.connect(admin_url)
    try:
        await admin.execute(f"create database {name}")
        await operations.migrate(url, ROLE_PASSWORD)  # roles are those of the whole server
        connection = await asyncpg.connect(url, server_settings={"search_path": "infractions"}, command_timeout=1800)
        await connection.execute(_FILL, infractions, infractions * 8 // 10, CATEGORIES, float(DAYS))
        await connection.execute("vacuum analyze event_log")
        await connection.close()
        yield url
    finally:
        await admin.execute(f"drop database if exists {name} with (force)")
        await admin.close()
