"""A database that refuses what is right: commands wait until it takes them, and none is put aside."""

import pytest

from banstream_contracts import streams
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import ROLE_PASSWORD, Database
from banstream_testing.infractions import Bus, bus, issue, service
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

FAULTS = {"53100": "disk full", "58030": "disk broken", "25006": "read only", "57014": "cancelled", "40P01": "deadlock"}
UNDO_LAST = """
    delete from schema_migrations where number = (select max(number) from schema_migrations) returning *
"""
WAITS_FOR_SCHEMA = """
    select exists (
        select from pg_stat_activity
        where application_name = 'banstream infractions writer' and query like '%schema_migrations%'
    )
"""


async def waiting(to: Bus) -> int:
    return (await to.client.jetstream().stream_info(streams.COMMANDS)).state.messages


async def put_aside(to: Bus) -> int:
    return (await to.client.jetstream().stream_info(streams.DEAD)).state.messages


@pytest.mark.parametrize("code", FAULTS, ids=FAULTS.values())
async def test_no_command_is_put_aside_for_what_is_wrong_with_the_database(
    nats: NatsServer, database: Database, code: str
) -> None:
    """The function counts with a sequence: what it counts stays when the transaction is taken back."""
    async with bus(nats) as to, connected(database.admin_url, "infractions") as admin:
        await admin.execute("create sequence met; grant usage on sequence met to public")
        await admin.execute(
            "create function refuse() returns trigger language plpgsql as $$ begin"
            f" perform nextval('infractions.met'); raise exception using errcode = '{code}'; end $$"
        )
        await admin.execute(
            "create trigger refused before insert on infractions for each row execute function refuse()"
        )

        async def has_met_it_twice() -> bool:
            return int(await admin.fetchval("select last_value from met")) >= 2

        async with service(nats, database):
            first = issue("1")
            await to.publish(first)
            await eventually(has_met_it_twice)
            assert (await waiting(to), await put_aside(to)) == (1, 0)
            await admin.execute("drop trigger refused on infractions")
            second = await to.send(issue("2"))
            assert (second.status, second.position) == ("applied", 2)
        assert (await waiting(to), await put_aside(to)) == (0, 0)


async def test_a_service_that_is_newer_than_its_schema_waits_for_it(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, connected(database.admin_url, "infractions") as admin:
        last = await admin.fetchrow(UNDO_LAST)
        assert last is not None
        await admin.execute("alter table infractions rename to infractions_of_later")

        async def does_wait() -> bool:
            return bool(await admin.fetchval(WAITS_FOR_SCHEMA))

        async with service(nats, database):
            await to.publish(issue("1"))
            await eventually(does_wait)
            assert (await waiting(to), await put_aside(to)) == (1, 0)
            await admin.execute("alter table infractions_of_later rename to infractions")
            await admin.execute("insert into schema_migrations values ($1, $2, $3, $4)", *last.values())
            second = await to.send(issue("2"))
            assert (second.status, second.position) == ("applied", 2)
        assert (await waiting(to), await put_aside(to)) == (0, 0)


async def test_a_service_whose_role_is_not_there_yet_waits_for_it(
    nats: NatsServer, database: Database, capfd: pytest.CaptureFixture[str]
) -> None:
    """Or whose password is being changed: Postgres answers the same to both."""
    async with bus(nats) as to, connected(database.admin_url, "infractions") as admin:
        await admin.execute("alter role banstream_infractions password 'of another'")

        async def was_turned_away() -> bool:
            return "InvalidPasswordError" in "".join(capfd.readouterr())

        async with service(nats, database):
            await to.publish(issue("1"))
            await eventually(was_turned_away)
            await admin.execute(f"alter role banstream_infractions password '{ROLE_PASSWORD}'")
            second = await to.send(issue("2"))
            assert (second.status, second.position) == ("applied", 2)
