"""What an earlier release kept of addresses leaves with the migration."""

import json

from banstream_dayz_feed import operations
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database

FOUND = "insert into findings (key, source_id, status, found_at, document) values ($1, 'one', 'nobody', now(), $2)"
READ = "insert into positions (source_id, place, document, memory, memory_at_begin) values ($1, 'x', '{}', $2, $2)"
LINE = "12:00:01 | Player #7 Somebody (192.0.2.4:2304) connected"
MEMORY = {"alt_account": {"version": 1, "memories": {"192.0.2.4": []}}, "speed": {"version": 1, "memories": {}}}


async def test_a_release_that_kept_addresses_is_cleaned_up_after(database: Database) -> None:
    async with connected(database.admin_url, operations.SCHEMA) as admin:
        for key, rule in (("a", "alt_account"), ("b", "speed")):
            await admin.execute(FOUND, key, {"rule": rule, "evidence": [LINE]})
        for source, memory in (("one", json.dumps(MEMORY)), ("two", ""), ("three", None)):
            await admin.execute(READ, source, memory)
        await admin.execute("delete from schema_migrations where number = 101")
        assert await operations.migrate(database.admin_url, None) == ["0101_masked_addresses"]
        shown = await admin.fetch("select document from findings order by key")
        assert shown[0]["document"]["evidence"] == ["12:00:01 | Player #7 Somebody (▒▒▒) connected"]
        assert shown[1]["document"]["evidence"] == [LINE]
        kept = await admin.fetch("select memory, memory_at_begin from positions order by source_id")
        assert [json.loads(each) if each else None for each in kept[0]] == [{"speed": MEMORY["speed"]}] * 2
        assert [*kept[1], *kept[2]] == [None] * 4
