"""Review at the addresses of NDP's server (facts ndp 1.2), and which role sees which page of accounts."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from services.console.tests.signing_in import PASSWORD, Browser, Team, loaded_console, team_on

from banstream_console.access.sessions import key_of
from banstream_console.staff.signing_in import PAGES
from banstream_contracts import streams, subjects
from banstream_contracts.accounts import Role, account_id
from banstream_contracts.admins import Right
from banstream_contracts.commands.infractions import OpenRequest
from banstream_contracts.infractions import Scope
from banstream_contracts.players import Player
from banstream_contracts.policies import AutomaticBan
from banstream_runtime.identifiers import new_id, new_short_id
from banstream_testing.fixtures import Database
from banstream_testing.infractions import MODERATOR, bus, issue, service
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

ITEM = {"id", "action", "username", "ip", "cause", "timestamp", "source_ip"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def team(nats: NatsServer, wall_database: Database) -> AsyncIterator[Team]:
    async with bus(nats) as connected, service(nats, wall_database), team_on(nats, connected) as made:
        for role in Role:
            await made.join(f"some-{role}", role)
        yield made


async def script(team: Team, role: Role = Role.REVIEWER) -> Browser:
    """Signs in as scripts do: two fields, no proof, no word about where to go on."""
    browser = team.browser()
    answer = await browser.post("/login", {"username": f"some-{role}", "password": PASSWORD})
    assert (answer.status, answer.headers["Location"]) == (302, "/review")
    return browser


async def wish(team: Team, player: str, wanted: str = "punish", **values: object) -> str:
    request_id = new_short_id()
    asked = {
        "command_id": new_id(),
        "issued_at": datetime.now(UTC),
        "actor": MODERATOR,
        "correlation_id": new_id(),
        "request_id": request_id,
        "player": Player(service="minecraft", id=player.lower()),
        "player_name": player,
        "reason": "x-ray",
        "wanted": wanted,
    }
    result = await team.bus.send(OpenRequest.model_validate({**asked, **values}))
    assert result.status == "applied", result
    return request_id


async def restricted(team: Team, player: str, lifetimes: list[str]) -> bool:
    """Whether a player is restricted for so long, as gateways know it."""
    entry = await team.bus.entry("restrictions", Player(service="minecraft", id=player).token)
    return entry is not None and [each["lifetime"] for each in entry["restrictions"]] == lifetimes


async def test_a_script_signs_in_reads_the_queue_and_approves(team: Team) -> None:
    first, second = await wish(team, "Griefer"), await wish(team, "Other")
    browser = await script(team)
    for answer in (await browser.get("/admin/pending"), await browser.get("/review", Accept="application/json")):
        assert answer.headers["Content-Type"].startswith("application/json")
        items = [item for item in json.loads(answer.body) if item["id"] in {first, second}]
        assert [(item["id"], item["action"], item["username"], item["cause"]) for item in items] == [
            (first, "ban", "Griefer", "x-ray"),
            (second, "ban", "Other", "x-ray"),
        ]
        assert {*items[0]} == ITEM
        assert datetime.fromisoformat(items[0]["timestamp"]).tzinfo is None
    approved = await browser.post(f"/admin/approve/{first}")
    assert (approved.status, json.loads(approved.body)) == (200, {"status": "success"})
    rejected = await browser.post(f"/admin/reject/{second}")
    assert (rejected.status, json.loads(rejected.body)) == (200, {"status": "success"})
    pending = {item["id"] for item in json.loads((await browser.get("/admin/pending")).body)}
    assert not pending & {first, second}
    for again in (f"/admin/approve/{first}", f"/admin/reject/{second}", f"/admin/approve/{'0' * 24}"):
        unknown = await browser.post(again)
        assert (unknown.status, json.loads(unknown.body)) == (404, {"error": "Request not found"})
    assert (await browser.post("/admin/approve/3e1c8d1e-0000-4000-8000-000000000000")).status == 404


async def test_an_approved_ban_is_for_good_unless_the_request_names_an_end(team: Team) -> None:
    suggested = AutomaticBan(
        infraction_id=new_short_id(), reason="three strikes", duration_seconds=3600, scope=Scope.GLOBAL
    )
    plain, timed = await wish(team, "Forever"), await wish(team, "Anhour", suggested=suggested)
    browser = await script(team)
    for request_id in (plain, timed):
        assert (await browser.post(f"/admin/approve/{request_id}")).status == 200
    await eventually(lambda: restricted(team, "forever", ["permanent"]))
    await eventually(lambda: restricted(team, "anhour", ["timed"]))


async def test_a_pardon_of_nobody_is_said_so_and_leaves_the_queue(team: Team) -> None:
    request_id = await wish(team, "Innocent", "lift")
    browser = await script(team)
    (item,) = [each for each in json.loads((await browser.get("/admin/pending")).body) if each["id"] == request_id]
    assert item["action"] == "remove"
    answer = await browser.post(f"/admin/approve/{request_id}")
    assert (answer.status, json.loads(answer.body)) == (400, {"error": "该玩家未被封禁"})
    assert request_id not in (await browser.get("/admin/pending")).text


async def test_a_pardon_lifts_the_ban(team: Team) -> None:
    banned = issue(player=Player(service="minecraft", id="sorry"))
    await team.bus.send(banned)
    await eventually(lambda: restricted(team, "sorry", ["permanent"]))
    request_id = await wish(team, "Sorry", "lift")
    assert (await (await script(team)).post(f"/admin/approve/{request_id}")).status == 200
    await eventually(lambda: restricted(team, "sorry", []))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/review"),
        ("GET", "/admin/pending"),
        ("POST", f"/admin/approve/{'0' * 24}"),
        ("POST", f"/admin/reject/{'0' * 24}"),
    ],
)
async def test_without_a_session_everything_leads_to_signing_in(team: Team, method: str, path: str) -> None:
    browser = team.browser()
    answer = await (browser.get(path) if method == "GET" else browser.post(path))
    assert (answer.status, answer.headers["Location"]) == (302, "/login")


@pytest.mark.parametrize("role", Role, ids=str)
async def test_who_may_not_review_is_told_so_in_json(team: Team, role: Role) -> None:
    browser, may = await script(team, role), Right.REVIEW in role.rights
    answer = await browser.get("/admin/pending")
    assert answer.status == (200 if may else 403)
    assert isinstance(json.loads(answer.body), list if may else dict)
    assert (await browser.post(f"/admin/approve/{'0' * 24}")).status == (404 if may else 403)
    assert (await browser.get("/review")).status == (302 if may else 403)


async def test_without_infractions_reviewing_is_503_in_json(nats: NatsServer, team: Team) -> None:
    async with loaded_console(nats, query_timeout_seconds=0.000_001) as slow:
        browser = await script(team)
        browser.console = slow

        async def signed_in() -> bool:
            return (await browser.get("/admin/pending")).status != 302

        await eventually(signed_in)
        answer = await browser.get("/admin/pending")
        assert (answer.status, *json.loads(answer.body)) == (503, "error")
        assert int(answer.headers["Retry-After"]) > 0


TABLE = {
    "/console/account": {*Role},
    "/console/account/password": {*Role},
    "/console/account/totp": {*Role},
    "/console/account/totp/disable": {*Role},
    "/console/account/recovery-codes": {*Role},
    "/console/account/sessions/others/end": {*Role},
    "/console/account/sessions/{key}/end": {*Role},
    "/console/accounts": {Role.ADMIN, Role.OWNER},
    "/console/accounts/{account_id}": {Role.ADMIN, Role.OWNER},
    "/console/accounts/{account_id}/invitation": {Role.ADMIN, Role.OWNER},
    "/console/accounts/{account_id}/role": {Role.ADMIN, Role.OWNER},
    "/console/accounts/{account_id}/disable": {Role.ADMIN, Role.OWNER},
    "/console/accounts/{account_id}/{what}": {Role.ADMIN, Role.OWNER},
}
"""Who sees which page, or may send its form."""
FOR_EVERYBODY = {"/login", "/logout", "/join/{token}", "/review", "/admin/pending"} | {
    f"/admin/{verb}/{{request_id}}" for verb in ("approve", "reject")
}


def _plain(path: str) -> str:
    """Without the patterns of its parts."""
    parts = path.replace("{24}", "").replace("{64}", "").split("/")
    return "/".join(f"{part.partition(':')[0].rstrip('}')}}}" if part.startswith("{") else part for part in parts)


async def test_every_page_is_in_the_table() -> None:
    people = {_plain(page.path) for page in PAGES if page.who == "people"}
    assert people == {*TABLE}
    assert {_plain(page.path) for page in PAGES if page.who == "everybody"} == FOR_EVERYBODY
    for page in PAGES:
        assert page.has_csrf or page.who == "everybody"


@pytest.mark.parametrize("role", Role, ids=str)
async def test_which_role_sees_which_page(team: Team, role: Role) -> None:
    browser = await script(team, role)
    values = {"key": "0" * 64, "account_id": account_id("some-viewer"), "what": "enable"}
    for page in PAGES:
        path = _plain(page.path)
        if path not in TABLE:
            continue
        where = path.format(**values)
        if page.method == "GET":
            status = (await browser.get(where)).status
            assert status == (200 if role in TABLE[path] else 403), where
        elif role not in TABLE[path]:
            assert (await browser.send("/console/account", where)).status == 403, where
        assert (await team.browser().get(where)).status in {302, 303}, where


async def test_a_session_that_is_too_old_leads_to_signing_in(nats: NatsServer, team: Team) -> None:
    """Limits are compared with what the bucket says, whatever the browser still holds."""
    browser = await script(team)
    key = key_of(browser.cookies["session"])
    session = team.here.site.staff.sessions.get(key)
    assert session
    old = session.model_copy(update={"created_at": datetime.now(UTC) - timedelta(hours=13)})
    subject = subjects.entry(streams.SESSIONS_BUCKET, key)
    await team.bus.client.jetstream().publish(subject, old.model_dump_json().encode())

    async def is_over() -> bool:
        return (await browser.get("/console")).status == 302

    await eventually(is_over)
    assert nats.url
