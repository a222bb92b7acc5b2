"""What somebody did is taken back on pages of a running console: shown first, then done page by page."""

import asyncio
import html
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from services.console.tests.conftest import Wall
from services.console.tests.desk import said

from banstream_console.access.people import Person
from banstream_console.presentation.texts import LANGUAGES, Language, texts
from banstream_console.staff import undoing
from banstream_console.staff.events_in_words import NOT_SAID
from banstream_console.staff.infractions_in_words import lacking
from banstream_contracts import subjects
from banstream_contracts.accounts import Role
from banstream_contracts.admins import Right
from banstream_contracts.commands.infractions import (
    AmendInfraction,
    InfractionChanges,
    InfractionCommand,
    LiftInfraction,
)
from banstream_contracts.infractions import Actor, Infraction, Lifetime, Punishment, Scope, Status
from banstream_contracts.players import Player
from banstream_contracts.queries.infractions import GetInfraction, InfractionFound
from banstream_runtime.identifiers import new_id, new_short_id
from banstream_testing.console import Answer
from banstream_testing.infractions import MODERATOR, issue
from banstream_testing.staff import Signer, Visitor, account, staff_console

pytestmark = pytest.mark.asyncio(loop_scope="module")

UNDO = "/console/undo"
FRIEND = Player(service="roblox", id="7")
HOSTILE = "<script>alert(1)</script>\u202e" + "W" * 60
_TILE = re.compile(r'<div class="tile"><dt>([^<]+)</dt><dd>([\d,.]+)</dd>')
Asked = TypeVar("Asked", bound=InfractionCommand)


@dataclass(frozen=True, slots=True)
class Scene:
    """An admin, and somebody whose taken over at night."""

    wall: Wall
    admin: Visitor
    thief: Visitor

    async def ban(self, player: int, **changes: Any) -> str:
        """By the thief, unless `actor` is named."""
        fields = {"actor": actor(self.thief), "player_name": f"Player {player}", **changes}
        command = issue(str(player), **fields)
        assert (await self.wall.bus.send(command)).status == "applied"
        return command.infraction_id

    async def change(self, kind: type[Asked], infraction_id: str, who: Visitor | None = None, **fields: Any) -> None:
        """By the thief, unless it is somebody else."""
        common = {"command_id": new_id(), "issued_at": datetime.now(UTC), "correlation_id": new_id()}
        command = kind(**common, actor=actor(who or self.thief), infraction_id=infraction_id, **fields)
        assert (await self.wall.bus.send(command)).status == "applied"

    async def infraction(self, infraction_id: str) -> Infraction:
        question = GetInfraction(infraction_id=infraction_id).model_dump_json().encode()
        reply = await self.wall.bus.client.request(subjects.QUERY_INFRACTION, question, timeout=10)
        found = InfractionFound.model_validate_json(reply.data).infraction
        assert found
        return found

    async def preview(self, **changes: str) -> Answer:
        form = {"by": f"person:{self.thief.account.login}", "done_since": began(), "reason": "taken over at night"}
        return await self.admin.post(f"{UNDO}?lang=en", **{**form, **changes})

    async def go_on(self, page: Answer, **changes: str) -> Answer:
        """By the button of a page that takes back."""
        return await self.admin.post(f"{UNDO}?lang=en", **{**carried(page), **changes})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def signer(wall: Wall) -> AsyncIterator[Signer]:
    patient = {"query_timeout_seconds": 10, "command_timeout_seconds": 30}
    async with staff_console(wall.nats, console_time_zone="America/Sao_Paulo", **patient) as (_, made):
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def scene(wall: Wall, signer: Signer) -> Scene:
    return Scene(wall, await signer.sign_in(Role.ADMIN), await signer.sign_in(Role.MODERATOR))


def actor(visitor: Visitor) -> Actor:
    return Person(visitor.account, "", visitor.token).actor


def began() -> str:
    """An hour ago, as a form has it."""
    return (datetime.now(UTC) - timedelta(hours=1)).isoformat()


def tiles(page: Answer) -> dict[str, int]:
    return {name: int(count) for name, count in _TILE.findall(page.text)}


def carried(page: Answer) -> dict[str, str]:
    """The form that takes back."""
    (form,) = [part for part in page.text.split("<form") if 'name="step" value="confirm"' in part]
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form)
    return {name: html.unescape(value) for name, value in fields if name != "csrf"}


def row_of(page: Answer, infraction_id: str) -> str:
    """The words of one row of the table."""
    (row,) = [part for part in page.text.split("<tr>") if f"/console/bans/{infraction_id}" in part]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", row)).split())


async def test_what_somebody_did_is_shown_first_and_then_put_back_to_what_it_was(scene: Scene) -> None:
    old, changed = [await scene.ban(number, actor=MODERATOR) for number in (100, 101)]
    banned = await scene.ban(102)
    await scene.change(LiftInfraction, old, reason="a friend")
    less = InfractionChanges(
        lifetime=Lifetime.TIMED, duration_seconds=60, reason="less", punishments=(), exempt=(FRIEND,)
    )
    await scene.change(AmendInfraction, changed, changes=less)
    every = (old, changed, banned)
    before = [await scene.infraction(each) for each in every]
    preview = await scene.preview()
    assert tiles(preview) == {"Lifted": 1, "Put back in force": 1, "Changed back": 1}
    words = said(preview)
    assert "Nothing has been done yet." in words
    assert "taken over at night" in words
    assert "Changed Changed back Ends: For good Punishments: Ban" in row_of(preview, changed)
    assert f"Who may come from the address: {NOT_SAID}" in row_of(preview, changed)
    assert [await scene.infraction(each) for each in every] == before
    done = await scene.go_on(preview)
    assert (done.status, tiles(done)) == (200, tiles(preview))
    assert "All of it was gone through." in said(done)
    after = [await scene.infraction(each) for each in every]
    assert [each.status for each in after] == [Status.ACTIVE, Status.ACTIVE, Status.LIFTED]
    assert (after[1].lifetime, after[1].punishments) == (Lifetime.PERMANENT, (Punishment.BAN,))
    assert (after[1].reason, after[1].exempt) == (issue("1").reason, None)
    assert (after[2].ended_reason, after[2].ended_by) == ("taken over at night", actor(scene.admin))


async def test_what_somebody_else_has_decided_on_since_is_left_and_named(scene: Scene) -> None:
    decided, lifted, later = [await scene.ban(number) for number in (110, 111, 112)]
    await scene.change(AmendInfraction, decided, scene.admin, changes=InfractionChanges(reason="he did fly"))
    await scene.change(LiftInfraction, lifted, scene.admin, reason="at once")
    preview = await scene.preview()
    assert tiles(preview) == {"Lifted": 1, "Left as it is": 1, "Nothing to do": 1}
    assert "Left as it is Somebody else has decided on it since." in row_of(preview, decided)
    places = [preview.text.index(f"/console/bans/{each}") for each in (decided, later, lifted)]
    assert places == sorted(places), "what somebody has to look at comes first"
    await scene.change(AmendInfraction, later, scene.admin, changes=InfractionChanges(reason="he too"))
    done = await scene.go_on(preview)
    assert tiles(done) == {"Left as it is": 2, "Nothing to do": 1}
    assert (await scene.infraction(later)).status is Status.ACTIVE


async def test_who_becomes_free_is_told_apart_from_whom_something_else_restricts(scene: Scene) -> None:
    await scene.ban(120, player_name="Alone")
    await scene.ban(121, player_name="Twice By The Thief")
    await scene.ban(121, player_name="Twice By The Thief", punishments=(Punishment.VOICE_BLOCK,))
    await scene.ban(122, player_name="Banned Before", actor=MODERATOR)
    await scene.ban(122, player_name="Banned Before")
    await scene.ban(123, player_name="Warned", punishments=())
    await scene.ban(124, player_name="Warned By Another", actor=MODERATOR, punishments=())
    await scene.ban(124, player_name="Warned By Another")
    text = (await scene.preview()).text
    free, bound = text.split("<h2>Who becomes free</h2>")[1].split("</section>")[0].split("<h3>")
    links = r'<a href="/console/players/roblox/(\d+)">'
    assert sorted(re.findall(links, free)) == ["120", "121", "124"]
    assert re.findall(links, bound) == ["122"]


async def test_an_undo_of_many_is_done_page_by_page_and_what_comes_after_the_preview_is_not_looked_at(
    scene: Scene,
) -> None:
    bans = [issue(str(2_000 + number), actor=actor(scene.thief)) for number in range(130)]
    assert {each.status for each in await scene.wall.bus.send_all(bans)} == {"applied"}
    preview = await scene.preview()
    assert (tiles(preview), "Shown are 100 of 130," in said(preview)) == ({"Lifted": 130}, True)
    assert "80 more players who were not looked at" in said(preview)
    later = await scene.ban(3_000)
    first = await scene.go_on(preview)
    assert (tiles(first), "100 of 130 infractions are done." in said(first)) == ({"Lifted": 100}, True)
    assert [(await scene.infraction(bans[place].infraction_id)).status for place in (0, 129)] == ["active", "lifted"]
    second = await scene.go_on(first)
    assert (tiles(second), "All of it was gone through." in said(second)) == ({"Lifted": 130}, True)
    assert 'value="confirm"' not in second.text
    assert (await scene.infraction(bans[0].infraction_id)).status is Status.LIFTED
    assert (await scene.infraction(later)).status is Status.ACTIVE


async def test_an_undo_that_was_broken_off_goes_on_where_there_is_something_to_do(scene: Scene) -> None:
    bans = [issue(str(4_000 + number), actor=actor(scene.thief)) for number in range(210)]
    assert {each.status for each in await scene.wall.bus.send_all(bans)} == {"applied"}
    broken_off = await scene.go_on(await scene.go_on(await scene.preview()))
    assert tiles(broken_off) == {"Lifted": 200}
    again = await scene.preview()
    assert tiles(again) == {"Lifted": 10, "Nothing to do": 200}
    done = await scene.go_on(again)
    assert (tiles(done), "All of it was gone through." in said(done)) == (tiles(again), True)


async def test_an_undo_is_taken_back_in_the_same_way(scene: Scene) -> None:
    banned = await scene.ban(140)
    done = await scene.go_on(await scene.preview())
    lifted_at = (await scene.infraction(banned)).ended_at
    (link,) = [html.unescape(each) for each in re.findall(r'href="(/console/undo\?by=[^"]+)"', done.text)]
    form = (await scene.admin.get(link)).text
    given = dict(re.findall(r'name="(by|done_since)"[^>]* value="([^"]+)"', form))
    assert given["by"] == f"person:{scene.admin.account.login}"
    began = datetime.fromisoformat(given["done_since"]).replace(tzinfo=ZoneInfo("America/Sao_Paulo"))
    assert lifted_at is not None
    assert lifted_at - began >= timedelta(seconds=2), "it may be recorded by a clock that is behind"
    preview = await scene.preview(**given, reason="it was him after all")
    assert tiles(preview) == {"Put back in force": 1}
    await scene.go_on(preview)
    assert (await scene.infraction(banned)).status is Status.ACTIVE


async def test_the_same_form_twice_at_once_takes_back_once(scene: Scene) -> None:
    bans = [await scene.ban(number, actor=MODERATOR) for number in range(150, 160)]
    for each in bans:
        await scene.change(AmendInfraction, each, changes=InfractionChanges(reason="nothing"))
    form = carried(await scene.preview())
    answers = await asyncio.gather(*(scene.admin.post(f"{UNDO}?lang=en", **form) for _ in range(2)))
    for answer in answers:
        assert answer.status == 200
        assert tiles(answer).keys() <= {"Changed back", "Nothing to do"}
    assert {(await scene.infraction(each)).reason for each in bans} == {issue("1").reason}


async def test_whoever_has_no_account_is_named_by_their_kind_and_id(scene: Scene) -> None:
    token = Actor(kind="token", id=new_short_id(), name="leaked")
    discord = Actor(kind="person", id="discord:80351110224678912", name="Somebody")
    for player, someone in ((160, token), (161, discord)):
        banned = await scene.ban(player, actor=someone)
        assert banned in (await scene.preview(by=f"{someone.kind}:{someone.id}")).text
    for by in (f"server:{token.id}", "policy:none", "system:nothing", "admin:steam:76561197960265729"):
        assert "Nothing to take back" in said(await scene.preview(by=by))


@pytest.mark.parametrize(
    ("field", "changes", "wrong"),
    [
        ("by", {"by": ""}, "is needed"),
        ("by", {"by": "nobody at all"}, "is no account"),
        ("by", {"by": "person:nobody"}, "is no account"),
        ("by", {"by": "token:" + "x" * 200}, "is no account"),
        ("by", {"by": "Namesake"}, "is no account"),
        ("done_since", {"done_since": ""}, "is needed"),
        ("done_since", {"done_since": "yesterday"}, "is a day and time"),
        ("done_since", {"done_since": "0001-01-01T00:00"}, "millennium"),
        ("done_since", {"done_until": "2026-01-31T20:00"}, "is earlier than the end"),
        ("done_until", {"done_until": "8999-01-31T20:00"}, "has not come yet"),
        ("reason", {"reason": ""}, "say why"),
        ("reason", {"reason": "x" * 2000}, "has at most"),
    ],
    ids=[
        "nobody",
        "unknown",
        "unknown person",
        "too long",
        "of two",
        "never",
        "no time",
        "long ago",
        "after the end",
        "to come",
        "no reason",
        "long reason",
    ],
)
async def test_what_is_wrong_with_the_form_is_said_at_its_field(
    scene: Scene, signer: Signer, field: str, changes: dict[str, str], wrong: str
) -> None:
    if changes.get("by") == "Namesake":
        for _ in range(2):
            await signer.sign_in(Role.VIEWER, name="Namesake")
    answer = await scene.preview(**changes)
    (hint,) = re.findall(rf'id="h-{field}"><strong>([^<]+)</strong>', answer.text)
    assert (answer.status, wrong in hint) == (422, True)
    kept = changes.get("reason", "taken over at night")
    assert kept in answer.text


async def test_a_name_that_one_account_has_is_enough_and_times_are_of_the_sites_zone(
    scene: Scene, signer: Signer
) -> None:
    thief = await signer.sign_in(Role.MODERATOR, name="The One And Only")
    mine = Scene(scene.wall, scene.admin, thief)
    banned = await mine.ban(170)
    here = datetime.now(UTC) - timedelta(hours=3)  # America/Sao_Paulo
    typed = (here - timedelta(minutes=5)).replace(tzinfo=None).isoformat(timespec="minutes")
    assert banned in (await mine.preview(by="the one and only", done_since=typed)).text
    late = (here - timedelta(minutes=4)).replace(tzinfo=None).isoformat(timespec="minutes")
    words = said(await mine.preview(by="the one and only", done_since=typed, done_until=late))
    assert "Nothing to take back" in words
    to_come = (datetime.now(UTC) - timedelta(minutes=5)).replace(tzinfo=None).isoformat(timespec="minutes")
    assert (await mine.preview(by="the one and only", done_since=to_come)).status == 422


async def test_the_audit_log_of_an_actor_and_the_page_of_an_account_lead_to_it(scene: Scene) -> None:
    await scene.ban(180)
    login, account_id = scene.thief.account.login, scene.thief.account.id
    page = await scene.admin.get(f"/console/audit?actor={login}&since=2026-01-31&until=2026-02-01&service=infractions")
    assert f'href="{UNDO}' not in page.text, "nothing was done then"
    page = await scene.admin.get(f"/console/audit?actor={login}&since=2026-01-31&service=infractions")
    assert f'href="{UNDO}?by=person%3A{login}&amp;done_since=2026-01-31T00%3A00%3A00"' in page.text
    assert f'href="{UNDO}' not in (await scene.admin.get("/console/audit?service=infractions")).text
    assert f'href="{UNDO}?by=person:{login}"' in (await scene.admin.get(f"/console/accounts/{account_id}")).text
    form = (await scene.admin.get(f"{UNDO}?by=person:{login}&done_since=2026-01-31T00:00:00")).text
    assert f'value="person:{login}"' in form
    assert 'value="2026-01-31T00:00:00"' in form


@pytest.mark.parametrize("language", LANGUAGES)
async def test_it_is_said_in_every_language_and_names_are_text(scene: Scene, language: Language) -> None:
    banned = await scene.ban(190, player_name=HOSTILE, reason=HOSTILE)
    say = texts(language).say
    form = {"by": f"person:{scene.thief.account.login}", "done_since": began(), "reason": HOSTILE[:-61]}
    preview = await scene.admin.post(f"{UNDO}?lang={language}", **form)
    done = await scene.admin.post(f"{UNDO}?lang={language}", **carried(preview))
    for page, text_id in ((preview, "undo-free"), (done, "undo-is-over")):
        assert say(text_id) in html.unescape(page.text)
        assert say("undo-outcome-lifted") in row_of(page, banned)
        assert "<script>alert" not in page.text


@pytest.mark.parametrize("role", [role for role in Role if Right.MANAGE_ADMINS in role.rights], ids=str)
async def test_whoever_may_undo_may_do_all_of_it_by_hand(role: Role) -> None:
    assert {page.right for page in undoing.PAGES} == {Right.MANAGE_ADMINS}
    person = Person(account(role), "", "")
    assert {Right.ISSUE, Right.EDIT_ALL, Right.SKIP_IMMUNITY, Right.AUDIT} <= role.rights
    assert not [scope for scope in Scope if lacking(person, tuple(Punishment), scope)]
