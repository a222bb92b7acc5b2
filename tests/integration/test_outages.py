"""Whatever is down: checks answer, nothing accepted is lost, nothing refused happens later."""

import asyncio
import json
from pathlib import Path

import asyncpg
import pytest

from banstream_testing.steps import Answer, Ran, ban, banstream, call, is_banned, somebody
from banstream_testing.system import System
from banstream_testing.waiting import eventually

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

KILLS_POSTGRES = True
SETTINGS = {"BANSTREAM_COMMAND_TIMEOUT_SECONDS": "0.5"}


async def status_of(system: System, accepted: Answer) -> str:
    answer = await call(system, "GET", accepted.headers["location"])
    return str(answer.body.get("status")) if answer.status == 200 else str(answer.status)


async def expect_applied(system: System, accepted: Answer, player: str) -> None:
    async def is_applied() -> bool:
        return await status_of(system, accepted) == "applied" and await is_banned(system, player)

    await eventually(is_applied)


async def works_again(system: System) -> None:
    async def is_confirmed() -> bool:
        return (await ban(system, somebody())).status == 201

    await eventually(is_confirmed)


async def held(system: System, player: str) -> None:
    """Ban somebody, whom the gateway refuses then; the answer may have been given before it was decided."""
    assert (await ban(system, player)).status in {201, 202}
    await eventually(lambda: is_banned(system, player))


async def test_with_infractions_killed_checks_answer_and_a_ban_is_kept(system: System) -> None:
    known, waiting = somebody(), somebody()
    await works_again(system)
    await held(system, known)
    system.infractions.kill()
    assert await is_banned(system, known)
    accepted = await ban(system, waiting)
    assert accepted.status == 202
    assert await status_of(system, accepted) == "pending"
    seed = await call(system, "POST", "/ban", {"user_id": somebody()})
    assert (seed.status, seed.body["status"]) == (202, "success")
    await system.restart_infractions()
    await expect_applied(system, accepted, waiting)


async def test_with_postgres_killed_checks_answer_and_a_ban_is_kept(system: System) -> None:
    known, waiting = somebody(), somebody()
    await works_again(system)
    await held(system, known)
    system.postgres.kill()
    try:
        assert await is_banned(system, known)
        accepted = await ban(system, waiting)
        assert accepted.status == 202
        assert await is_banned(system, known)
    finally:
        system.postgres.start()
    await expect_applied(system, accepted, waiting)


async def test_with_postgres_killed_an_import_loses_no_row_and_takes_none_twice(system: System, tmp_path: Path) -> None:
    await works_again(system)
    rows, import_id = 1500, "01948b00000000000000ca11"
    file = tmp_path / "ids.txt"
    put(file, "".join(f"{76561198000000000 + number}\n" for number in range(rows)))
    whose = ("--format", "ids", "--service", "steam", "--source", "list")
    command = ("import", "bans", str(file), *whose, "--import-id", import_id, "--json")

    async def there() -> int:
        answer = await call(system, "GET", f"/v1/imports/{import_id}", token=system.admin_token)
        return int(answer.body["infractions"]) if answer.status == 200 else 0

    async def is_under_way() -> bool:
        return await there() >= rows // 5

    async def is_done() -> Ran | None:
        ran = await banstream(system, *command)
        assert ran.code in {0, 2, 3}, ran
        return ran if ran.code == 0 else None

    async def is_away() -> bool:
        return (await call(system, "GET", "/v1/imports", token=system.admin_token)).status == 503

    running = asyncio.create_task(banstream(system, *command))
    await eventually(is_under_way)
    system.postgres.kill()
    try:
        await eventually(is_away)
        assert not running.done()
    finally:
        system.postgres.start()
    first = await running
    assert first.code in {0, 2, 3}, first
    last = await eventually(is_done, 60)
    outcomes = json.loads(last.out)["outcomes"]
    assert outcomes["same"] + outcomes["new"] == rows
    assert await there() == rows
    assert await imported(system) == rows


def put(file: Path, text: str) -> None:
    file.write_text(text)


async def imported(system: System) -> int:
    """How often a row was imported, by the log."""
    connection = await asyncpg.connect(system.admin_database_url)
    try:
        counted = "select count(*) from infractions.event_log where type = 'infraction.imported'"
        return int(await connection.fetchval(counted))
    finally:
        await connection.close()


async def test_with_nats_killed_checks_answer_stale_and_a_ban_is_refused_for_good(system: System) -> None:
    known, refused = somebody(), somebody()
    await works_again(system)
    await held(system, known)
    system.nats.kill()
    try:

        async def is_stale() -> bool:
            return bool((await call(system, "GET", "/readyz")).body["status"] == "stale")

        await eventually(is_stale)

        async def says_how_stale() -> bool:
            check = await call(system, "GET", f"/v1/players/roblox/{known}/restrictions")
            assert "ban" in check.body["restrictions"]
            return "banstream-stale-seconds" in check.headers

        await eventually(says_how_stale)
        answers = await asyncio.gather(*(ban(system, refused) for _ in range(5)))
        assert {answer.status for answer in answers} == {503}
        assert all("retry-after" in answer.headers for answer in answers)
    finally:
        system.nats.start()
    await works_again(system)
    assert not await is_banned(system, refused)

    async def listed() -> Answer | None:
        answer = await call(system, "GET", f"/v1/infractions?player=roblox:{refused}")
        return answer if answer.status == 200 else None

    assert (await eventually(listed)).body["items"] == []


async def test_a_gateway_that_starts_while_nats_is_away_is_not_ready(system: System) -> None:
    gateway = system.gateways[0]
    system.nats.kill()
    gateway.service.kill()
    gateway.service.start()
    try:

        async def says_so() -> bool:
            try:
                async with system.http.get(f"{gateway.url}/readyz") as answer:
                    return answer.status == 503 and "status" in json.loads(await answer.text())
            except OSError:
                return False

        await eventually(says_so)
        check = await call(system, "GET", "/v1/players/roblox/1/restrictions")
        assert check.status in {401, 503}
    finally:
        system.nats.start()
    await system.wait_ready()


async def test_a_restarted_gateway_knows_what_it_knew(system: System) -> None:
    await works_again(system)
    player = somebody()
    await held(system, player)
    system.gateways[0].service.kill()
    system.gateways[0].service.start()
    await system.wait_ready()
    assert await is_banned(system, player)


async def test_everything_stops_within_ten_seconds(system: System) -> None:
    for service in (system.gateways[0].service, system.infractions):
        assert service.stop() == 0
        service.start()
    await system.wait_ready()
