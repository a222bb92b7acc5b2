"""Appeals against a real NATS server and a real Postgres."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
from services.infractions.tests.appeal_commands import APPEAL, DAY, SECOND, THIRD

from banstream_contracts import headers, streams, subjects
from banstream_contracts.appeals import Appeal, AppealedInfraction, AppealReason, AppealTally, Verdict
from banstream_contracts.commands.appeals import AnswerAppeal, AssignAppeal, DecideAppeal, OpenAppeal, RenewAppealCode
from banstream_contracts.commands.credentials import CreateCredential
from banstream_contracts.infractions import Actor
from banstream_contracts.players import Player
from banstream_contracts.queries.appeals import AppealStatistics
from banstream_infractions.operations import rebuild
from banstream_privacy.appeal_codes import appeal_code, appeal_key
from banstream_privacy.transit import seal, sealing_public_key
from banstream_runtime.identifiers import new_id
from banstream_testing.fixtures import Database
from banstream_testing.infractions import MASTER_KEY, MODERATOR, Bus, bus, issue, service
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

BANNED, ENDED = "1" * 24, "2" * 24
ALICE = "a" * 24
PUBLIC_KEY = sealing_public_key(MASTER_KEY)
CODES = appeal_key(MASTER_KEY)
REVIEWER = Actor(kind="token", id="5" * 24, name="Reviewer Bob")
CONSOLE = Actor(kind="system", id="console")
STORY, REPLY, NOTE = "My brother ✋ played", "Which day was it?", "the demo shows aim assist"


def about(**values: Any) -> dict[str, Any]:
    asked = {"command_id": new_id(), "issued_at": datetime.now(UTC), "correlation_id": new_id(), "actor": REVIEWER}
    return {**asked, **values}


def ban(infraction_id: str = BANNED, **changes: Any) -> Any:
    return issue("1", infraction_id=infraction_id, player_name="Griefer", category="aimbot", **changes)


def appeal(appeal_id: str = APPEAL, infraction_id: str = BANNED) -> OpenAppeal:
    values = about(appeal_id=appeal_id, infraction_id=infraction_id, reason=AppealReason.NOT_ME, actor=CONSOLE)
    return OpenAppeal(**values, sealed_text=seal(PUBLIC_KEY, STORY))


def staff_says(text: str, **changes: Any) -> AnswerAppeal:
    return AnswerAppeal(**about(appeal_id=APPEAL, side="staff", sealed_text=seal(PUBLIC_KEY, text), **changes))


def decide(verdict: Verdict, appeal_id: str = APPEAL, **changes: Any) -> DecideAppeal:
    return DecideAppeal(**{**about(appeal_id=appeal_id, verdict=verdict, text="a mistake"), **changes})


async def asked(to: Bus, subject: str, **values: Any) -> Any:
    reply = await to.client.request(subject, json.dumps(values).encode(), timeout=30)
    assert headers.QUERY_ERROR not in (reply.headers or {})
    return json.loads(reply.data)


async def found(to: Bus, appeal_id: str = APPEAL) -> Appeal:
    return Appeal.model_validate((await asked(to, subjects.QUERY_APPEAL, appeal_id=appeal_id))["appeal"])


async def form(to: Bus, code: str, infraction_id: str = BANNED) -> AppealedInfraction | None:
    answer = await asked(to, subjects.QUERY_APPEAL_FORM, infraction_id=infraction_id, code=code)
    return AppealedInfraction.model_validate(answer["found"]) if answer["found"] else None


async def test_a_conversation_is_kept_locked_and_ends_in_the_end_of_the_ban(
    nats: NatsServer, database: Database
) -> None:
    code = appeal_code(CODES, BANNED)
    async with bus(nats) as to, service(nats, database):
        await to.send(ban())
        before = await form(to, code.lower().replace("-", " "))
        assert before
        assert (before.may_appeal, before.appeal, before.infraction.player_name) == (True, None, "Griefer")
        assert (await asked(to, subjects.QUERY_APPEAL_CODE, infraction_id=BANNED))["code"] == code
        opened, noted, replied = await to.send_all([appeal(), staff_says(NOTE, internal=True), staff_says(REPLY)])
        assert opened.appeal
        assert (opened.status, opened.appeal.id, opened.appeal.answers) == ("applied", APPEAL, ())
        assert (noted.status, replied.status) == ("applied", "applied")
        assert [each.text for each in (await found(to)).answers] == [STORY, NOTE, REPLY]
        seen = await form(to, code)
        assert seen
        assert seen.appeal
        assert [each.text for each in seen.appeal.answers] == [STORY, REPLY]
        assert not seen.may_appeal
        shown = seen.model_dump_json()
        assert not [each for each in (NOTE, REVIEWER.id, "Reviewer Bob", MODERATOR.id, "moderator") if each in shown]

        result = await to.send(decide(Verdict.OVERTURNED))
        assert [each.status for each in result.infractions] == ["lifted"]
        token = Player(service="roblox", id="1").token
        assert result.standings[token].restrictions == ()
        told = [json.loads(each.data) for each in await to.events(6)]
        assert [each["type"] for each in told] == [
            "infraction.issued",
            "appeal.opened",
            "appeal.answered",
            "appeal.answered",
            "infraction.lifted",
            "appeal.decided",
        ]
        assert "sealed_text" not in {name for each in told for name in each}
        late = await to.send(decide(Verdict.UPHELD))
        assert late.refusal
        assert late.refusal.code == "appeal-decided"
        await _nothing_in_clear(database)
        for _ in range(2):
            await rebuild(database.admin_url)
            assert [each.text for each in (await found(to)).answers] == [STORY, NOTE, REPLY]
        await _forget(database)
        assert [each.text for each in (await found(to)).answers] == [None, None, None]


async def _nothing_in_clear(database: Database) -> None:
    connection = await asyncpg.connect(database.admin_url, server_settings={"search_path": "infractions"})
    try:
        for table in ("event_log", "appeals", "command_outcomes"):
            rows = await connection.fetch(f"select {table}::text as row from {table}")
            assert rows
            assert not [row for row in rows if "brother" in row["row"] or "aim assist" in row["row"]]
    finally:
        await connection.close()


async def _forget(database: Database) -> None:
    connection = await asyncpg.connect(database.admin_url, server_settings={"search_path": "infractions"})
    try:
        await connection.execute("delete from person_keys")
    finally:
        await connection.close()


async def test_a_wrong_code_and_an_unknown_infraction_get_the_same_answer(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, service(nats, database):
        await to.send(ban())
        right = appeal_code(CODES, BANNED)
        wrong = [
            (BANNED, appeal_code(CODES, ENDED)),
            (BANNED, right[:-1]),
            (ENDED, right),
            (ENDED, appeal_code(CODES, ENDED)),
        ]
        for infraction_id, code in wrong:
            answer = await asked(to, subjects.QUERY_APPEAL_FORM, infraction_id=infraction_id, code=code)
            assert answer == {"found": None}
        assert await form(to, right)
        renewed = await to.send(RenewAppealCode(**about(infraction_id=BANNED)))
        assert renewed.infractions[0].appeal_code_renewals == 1
        assert await form(to, right) is None
        assert await form(to, appeal_code(CODES, BANNED, 1))
        token = Player(service="roblox", id="1").token

        async def shows_the_renewal() -> bool:
            entry = await to.entry(streams.RESTRICTIONS_BUCKET, token)
            return bool(entry) and entry["restrictions"][0].get("appeal_code_renewals") == 1

        await eventually(shows_the_renewal)
        assert (await asked(to, subjects.QUERY_APPEAL_CODE, infraction_id=ENDED))["code"] is None


async def test_two_who_open_at_once_are_one_appeal_that_its_issuer_decides_only_alone(
    nats: NatsServer, database: Database
) -> None:
    async with bus(nats) as to, service(nats, database):
        results = await to.send_all([ban(), appeal(), appeal(SECOND)])
        codes = sorted(each.refusal.code if each.refusal else "" for each in results)
        assert codes == ["", "", "appeal-open"]
        again = await to.send(appeal(THIRD))
        assert again.refusal
        assert again.refusal.code == "appeal-open"
        opened = next(each.appeal.id for each in results if each.appeal and each.status == "applied")
        await to.send(_token("6" * 24, ("report",)))
        await to.send(_token("7" * 24, ("admin",)))
        own = await to.send(decide(Verdict.UPHELD, opened, actor=MODERATOR))
        assert own.refusal
        assert own.refusal.code == "own-infraction"
        assert (await to.send(decide(Verdict.UPHELD, opened))).status == "applied"


def _token(credential_id: str, scopes: tuple[Any, ...]) -> CreateCredential:
    return CreateCredential(
        **about(
            credential_id=credential_id, kind="token", name="another", scopes=scopes, key_hash=credential_id[0] * 64
        )
    )


async def test_appeals_are_found_and_counted(nats: NatsServer, database: Database) -> None:
    ids = [f"{number:024x}" for number in range(1, 5)]
    async with bus(nats) as to, service(nats, database):
        await to.send_all([ban(each, policy_id="movement" if place else None) for place, each in enumerate(ids)])
        await to.send_all([appeal(f"a{each[1:]}", each) for each in ids])
        mine = [f"a{each[1:]}" for each in ids]
        await to.send_all(
            [
                decide(Verdict.OVERTURNED, mine[0]),
                decide(Verdict.UPHELD, mine[1]),
                decide(Verdict.REDUCED, mine[2], duration_seconds=DAY),
                AssignAppeal(**about(appeal_id=mine[3], assignee="Alice", assignee_id=ALICE)),
            ]
        )
        for _ in range(2):
            assert await listed(to, limit=3) == mine[::-1]
            assert await listed(to, status="open") == [mine[3]]
            assert await listed(to, status="reduced") == [mine[2]]
            assert await listed(to, assignee="Alice") == await listed(to, assignee_id=ALICE) == [mine[3]]
            assert await listed(to, assignee="Alice", assignee_id="b" * 24) == []
            assert await listed(to, infraction_id=ids[1]) == [mine[1]]
            assert await listed(to, player={"service": "roblox", "id": "1"}) == mine[::-1]
            told = await counted(to)
            counts = {"appeals": 4, "open": 1, "upheld": 1, "reduced": 1, "overturned": 1}
            assert told.total.model_dump() == counts
            assert told.by_category == (AppealTally(key="aimbot", name="aimbot", **counts),)
            assert [(each.key, each.appeals, each.overturned) for each in told.by_policy] == [
                (None, 1, 1),
                ("movement", 3, 0),
            ]
            assert [(each.key, each.name) for each in told.by_moderator] == [(f"token:{MODERATOR.id}", "moderator")]
            await rebuild(database.admin_url)
        tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
        assert (await counted(to, since=tomorrow)).total.appeals == 0
        everything = {"since": "0001-01-01T00:00:00+14:00", "until": "9999-12-31T23:59:59-12:00"}
        assert (await counted(to, **everything)).total == told.total
        assert (await counted(to, until=tomorrow)).total.appeals == 4
        assert (await asked(to, subjects.QUERY_APPEAL, appeal_id="f" * 24))["appeal"] is None


async def counted(to: Bus, **values: Any) -> AppealStatistics:
    return AppealStatistics.model_validate(await asked(to, subjects.QUERY_APPEAL_STATISTICS, **values))


async def listed(to: Bus, **values: Any) -> list[str]:
    """Every appeal of a query, page by page."""
    ids: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await asked(to, subjects.QUERY_APPEALS, **values, **({"cursor": cursor} if cursor else {}))
        assert all(each["answers"] == [] for each in page["items"])
        ids += [each["id"] for each in page["items"]]
        cursor = page["next"]
    return ids


async def test_a_page_of_many_appeals_is_read_by_an_index(database: Database) -> None:
    connection = await asyncpg.connect(database.admin_url, server_settings={"search_path": "infractions"})
    try:
        await connection.execute(
            "insert into appeals (id, infraction_id, person, player_token, status, assignee, opened_at, position,"
            " document) select lpad(to_hex(n), 24, '0'), lpad(to_hex(n / 2), 24, '0'), 'player:roblox:' || n % 1000,"
            " 'roblox=' || n % 1000, case when n % 50 = 0 then 'open' else 'upheld' end,"
            " case when n % 500 = 0 then 'Bob' end, now(), n, '{}' from generate_series(1, 30000) as n"
        )
        await connection.execute("analyze appeals")
        for condition in (
            "status = 'open'",
            "assignee = 'Bob'",
            "player_token = 'roblox=7'",
            f"infraction_id = '{7:024x}'",
            "true",
        ):
            rows = await connection.fetch(
                f"explain select document from appeals where {condition} order by id desc limit 51"
            )
            plan = "\n".join(row[0] for row in rows)
            assert "Index" in plan, plan
            assert "Seq Scan" not in plan, plan
    finally:
        await connection.close()
