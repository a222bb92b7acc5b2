"""Requests for review and appeals, decided on pages of a running console."""

import re
import zlib
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from services.console.tests.desk import SETTINGS, Desk, desk_on, joined, post_several, said, went_to

from banstream_console.access.people import Person
from banstream_contracts import subjects
from banstream_contracts.accounts import Role
from banstream_contracts.appeals import Appeal, AppealReason
from banstream_contracts.commands.appeals import AssignAppeal, OpenAppeal
from banstream_contracts.commands.infractions import OpenRequest
from banstream_contracts.commands.requests import AssignRequest
from banstream_contracts.infractions import Actor, Infraction, Punishment, Scope
from banstream_contracts.players import Player
from banstream_contracts.policies import AutomaticBan
from banstream_contracts.queries.appeals import AppealFound, GetAppeal
from banstream_contracts.queries.infractions import (
    GetInfraction,
    InfractionFound,
    InfractionPage,
    ListInfractions,
    ReviewRequest,
)
from banstream_contracts.queries.requests import GetRequest, RequestFound
from banstream_privacy.transit import seal, sealing_public_key
from banstream_runtime.identifiers import new_id, new_short_id
from banstream_testing.abuse import incident, report
from banstream_testing.infractions import MASTER_KEY, MODERATOR, issue
from banstream_testing.servers import NatsServer
from banstream_testing.staff import Visitor, staff_console
from banstream_testing.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

DECIDE = "/console/requests/decide"
HOSTILE = '<script>alert("x")</script> \u202eevil'


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(nats: NatsServer, postgres_url: str) -> AsyncIterator[Desk]:
    async with desk_on(nats, postgres_url) as made:
        yield made


def asked(actor: Actor = MODERATOR, **values: Any) -> dict[str, Any]:
    common = {"command_id": new_id(), "issued_at": datetime.now(UTC), "actor": actor, "correlation_id": new_id()}
    return {**common, **values}


async def opened(desk: Desk, player: str, **values: Any) -> str:
    """The id of a request to ban somebody."""
    fields = {"request_id": new_short_id(), "player": Player(service="roblox", id=player), "reason": "seen to fly"}
    command = OpenRequest(**asked(**{**fields, **values}))
    assert (await desk.bus.send(command)).status == "applied"
    return command.request_id


def suggested(days: int = 3) -> AutomaticBan:
    return AutomaticBan(
        infraction_id=new_short_id(), duration_seconds=days * 86_400, scope=Scope.GLOBAL, reason="flying"
    )


async def request(desk: Desk, request_id: str) -> ReviewRequest:
    questions = desk.console.site.staff.questions
    found = await questions.ask(subjects.QUERY_REQUEST, GetRequest(request_id=request_id), RequestFound)
    assert found.request
    return found.request


async def bans_of(desk: Desk, player: str) -> tuple[Infraction, ...]:
    questions = desk.console.site.staff.questions
    question = ListInfractions(player=Player(service="roblox", id=player))
    return (await questions.ask(subjects.QUERY_INFRACTIONS, question, InfractionPage)).items


async def appealed(desk: Desk, **changes: Any) -> tuple[str, str]:
    """A ban, and an appeal against it."""
    ban = issue("77", player_name=HOSTILE, **changes)
    assert (await desk.bus.send(ban)).status == "applied"
    appeal_id, story = new_short_id(), seal(sealing_public_key(MASTER_KEY), f"it was my brother {HOSTILE}")
    fields = {"appeal_id": appeal_id, "infraction_id": ban.infraction_id, "reason": AppealReason.NOT_ME}
    command = OpenAppeal(**asked(Actor(kind="system", id="console"), **fields), sealed_text=story)
    assert (await desk.bus.send(command)).status == "applied"
    return appeal_id, ban.infraction_id


async def appeal(desk: Desk, appeal_id: str) -> Appeal:
    questions = desk.console.site.staff.questions
    found = await questions.ask(subjects.QUERY_APPEAL, GetAppeal(appeal_id=appeal_id), AppealFound)
    assert found.appeal
    return found.appeal


async def infraction(desk: Desk, infraction_id: str) -> Infraction:
    questions = desk.console.site.staff.questions
    found = await questions.ask(subjects.QUERY_INFRACTION, GetInfraction(infraction_id=infraction_id), InfractionFound)
    assert found.infraction
    return found.infraction


def actor(visitor: Visitor) -> Actor:
    return Person(visitor.account, "", visitor.token).actor


async def test_a_request_is_taken_talked_about_and_approved_with_other_terms(desk: Desk) -> None:
    request_id = await opened(desk, "100", suggested=suggested(), player_name=HOSTILE)
    path, name = f"/console/requests/{request_id}", desk.reviewer.account.name
    queue = await desk.reviewer.get("/console/requests")
    assert "<script>alert" not in queue.text
    assert "&lt;script&gt;alert" in queue.text
    assert went_to(await desk.reviewer.post(f"{path}/assign", to="me")) == f"{path}?said=done"
    assert request_id in (await desk.reviewer.get("/console/requests?assignee=me")).text
    assert request_id not in (await desk.reviewer.get("/console/requests?assignee=somebody")).text
    went_to(await desk.reviewer.post(f"{path}/comment", note="first line\r\nsecond line\x07"))
    page = await desk.reviewer.get(path)
    assert "first line second line" in said(page)
    assert "3d, All servers" in said(page)
    went_to(await desk.reviewer.post(f"{path}/approve", duration="604800", scope="", reason="flew twice"))
    found = await request(desk, request_id)
    assert (found.status, found.assignee, found.decided_by) == ("approved", name, actor(desk.reviewer))
    (ban,) = await bans_of(desk, "100")
    assert (ban.duration_seconds, ban.reason, ban.issuer.name) == (604_800, "flew twice", name)
    assert request_id not in (await desk.reviewer.get("/console/requests")).text
    assert request_id in (await desk.reviewer.get("/console/requests?status=approved&player=roblox:100")).text


async def test_what_is_suggested_for_an_hour_is_said_as_an_hour(desk: Desk) -> None:
    hour = suggested().model_copy(update={"duration_seconds": 3600})
    page = await desk.reviewer.get(f"/console/requests/{await opened(desk, '102', suggested=hour)}")
    assert "1h, All servers" in said(page)


async def test_what_is_wrong_with_a_form_is_said_on_it_and_what_was_typed_stays(desk: Desk) -> None:
    request_id = await opened(desk, "101")
    path = f"/console/requests/{request_id}"
    for form, status in (("reject", 422), ("comment", 422)):
        answer = await desk.reviewer.post(f"{path}/{form}", reason="", note="  ")
        assert answer.status == status, form
        assert 'role="alert"' in answer.text
    answer = await desk.reviewer.post(f"{path}/approve", duration="a week", reason="because of the demo")
    assert (answer.status, "is none of the choices" in answer.text) == (422, True)
    assert "because of the demo" in answer.text
    assert (await request(desk, request_id)).status == "open"
    went_to(await desk.reviewer.post(f"{path}/reject", reason="nothing to see"))
    again = await desk.reviewer.post(f"{path}/reject", reason="nothing to see")
    assert (again.status, "already" in again.text) == (409, True)
    assert (await desk.reviewer.get(f"/console/requests/{'0' * 24}")).status == 404
    wrong = await desk.reviewer.get("/console/requests?player=nobody")
    assert (wrong.status, "SERVICE:ID" in wrong.text) == (422, True)


async def test_one_decision_on_many_gives_a_result_for_each_and_the_form_again_changes_nothing(desk: Desk) -> None:
    ids = [await opened(desk, f"20{number}", suggested=suggested()) for number in range(3)]
    bare = await opened(desk, "203")
    went_to(await desk.reviewer.post(f"/console/requests/{ids[0]}/reject", reason="done before"))
    chosen = [("id", f"{each} roblox:20{number}") for number, each in enumerate(ids)]
    pairs = [*chosen, ("id", f"{bare}+ roblox:203"), ("decision", "approve"), ("id", f"{'e' * 24} roblox:9")]
    first = went_to(await post_several(desk.reviewer, DECIDE, *pairs, once="one form"))
    words = said(await desk.reviewer.get(first))
    assert (words.count(" Done "), words.count(" Not carried out "), "Done: 3 · Not" in words) == (3, 2, True)
    for number in (1, 2):
        (ban,) = await bans_of(desk, f"20{number}")
        assert ban.duration_seconds == 3 * 86_400
    assert (await bans_of(desk, "203"))[0].lifetime == "permanent"
    assert await bans_of(desk, "200") == ()
    assert went_to(await post_several(desk.reviewer, DECIDE, *pairs, once="one form")) == first
    assert len(await bans_of(desk, "201")) == 1


async def test_what_became_of_many_says_why_not_and_how_each_stands_now_in_any_language(desk: Desk) -> None:
    request_id, late = await opened(desk, "210"), await opened(desk, "211", player_name=HOSTILE)
    went_to(await desk.admin.post(f"/console/requests/{late}/approve", duration="permanent"))
    pairs = [("id", request_id), ("id", late), ("decision", "reject"), ("reason", "not seen"), ("id", "f" * 24)]
    told = went_to(await post_several(desk.reviewer, f"{DECIDE}?player=roblox:210", *pairs))
    page = await desk.reviewer.get(told)
    (done, decided, unknown) = page.text.partition("<tbody>")[2].split("</tr>")[:3]
    assert (">Done<" in done, ">Rejected<" in done, desk.reviewer.account.name in done) == (True, True, True)
    assert ("has been decided already" in decided, ">Approved<" in decided, desk.admin.account.name in decided) == (
        True,
        True,
        True,
    )
    assert ("<script>alert" in page.text, "&lt;script&gt;alert" in decided) == (False, True)
    assert "There is no such request" in unknown
    assert page.text.count('href="/console/requests?player=roblox%3A210"') == 2
    assert desk.admin.account.name not in unpacked_as_text(told)
    assert "ya está decidida" in (await desk.reviewer.get(f"{told}&lang=es")).text


def unpacked_as_text(address: str) -> str:
    """What stands in logs of proxies, to whoever unpacks it."""
    packed = parse_qs(urlsplit(address).query)["of"][0].partition(".")[0]
    return zlib.decompress(urlsafe_b64decode(packed + "=" * (-len(packed) % 4))).decode()


async def test_nobody_makes_a_page_of_somebody_else_tell_of_decisions(desk: Desk) -> None:
    pairs = [("id", await opened(desk, "212")), ("decision", "approve")]
    told = went_to(await post_several(desk.reviewer, DECIDE, *pairs))
    assert (await desk.reviewer.get(told)).status == 200
    changed = [told.replace("of=", "of=A"), told[:-1] + ("0" if told[-1] != "0" else "1"), told.partition("?")[0]]
    for visitor, address in ((desk.admin, told), *((desk.reviewer, each) for each in changed)):
        assert went_to(await visitor.get(address)) == "/console/requests"


async def test_a_decision_on_many_that_nobody_stores_is_kept_whole_to_be_sent_again(desk: Desk) -> None:
    ids = [await opened(desk, f"22{number}") for number in range(2)]
    pairs = [*(("id", f"{each}+") for each in ids), ("decision", "approve"), ("reason", "typed at length")]
    async with staff_console(desk.nats, publish_timeout_seconds=1e-6, **SETTINGS) as (made, signer):
        hasty = await joined(desk.bus, made, signer, Role.REVIEWER)
        answer = await post_several(hasty, DECIDE, *pairs, once="one form again")
    assert (answer.status, "typed at length</textarea>" in answer.text) == (503, True)
    again = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', answer.text)
    assert [value for name, value in again if name == "id"] == [f"{each}+" for each in ids]
    kept = [pair for pair in again if pair[0] not in {"csrf", "once"}]
    known = await eventually(partial(known_to, desk, hasty))
    told = went_to(await post_several(known, DECIDE, *kept, once=dict(again)["once"]))
    assert "Done: 2" in said(await known.get(told))
    assert [len(await bans_of(desk, f"22{number}")) for number in range(2)] == [1, 1]


async def known_to(desk: Desk, visitor: Visitor) -> Visitor | None:
    """The same session at the console of the desk."""
    here = Visitor(desk.console, visitor.account, visitor.token)
    return here if (await here.get("/console/requests")).status == 200 else None


@pytest.mark.parametrize(
    "pairs",
    [
        [("decision", "approve")],
        [("decision", "approve"), ("id", "no id")],
        [("decision", "approve"), *(("id", f"{number:024x}") for number in range(101))],
        [("decision", "reject"), ("id", "0" * 24)],
        [("decision", "reject"), ("id", "0" * 24), ("reason", "x" * 1025)],
        [("decision", "burn"), ("id", "0" * 24)],
    ],
    ids=["none ticked", "no id", "too many", "no reason", "long reason", "no decision"],
)
async def test_a_decision_on_many_that_says_too_little_is_not_begun(desk: Desk, pairs: list[tuple[str, str]]) -> None:
    assert (await post_several(desk.reviewer, DECIDE, *pairs)).status == 422


async def test_an_appeal_is_answered_noted_and_reduced(desk: Desk) -> None:
    appeal_id, infraction_id = await appealed(desk, punishments=(Punishment.BAN, Punishment.CHAT_BLOCK))
    path = f"/console/appeals/{appeal_id}"
    assert path in (await desk.reviewer.get("/console/appeals")).text
    page = await desk.reviewer.get(path)
    assert "it was my brother" in page.text
    assert "<script>alert" not in page.text
    went_to(await desk.reviewer.post(f"{path}/answer", to="staff", text="the demo\nshows nothing"))
    went_to(await desk.reviewer.post(f"{path}/answer", to="player", text="Which day was it?"))
    went_to(await desk.reviewer.post(f"{path}/assign", to="me"))
    said_so = [(each.side, each.internal, each.text) for each in (await appeal(desk, appeal_id)).answers[1:]]
    assert said_so == [("staff", True, "the demo ⏎ shows nothing"), ("staff", False, "Which day was it?")]
    assert "the demo shows nothing" in said(await desk.reviewer.get(path))
    nothing_less = await desk.reviewer.post(f"{path}/decide", verdict="reduced", text="a bit much")
    assert (nothing_less.status, "says what becomes less" in nothing_less.text) == (422, True)
    assert "a bit much" in nothing_less.text
    decided = await post_several(
        desk.reviewer,
        f"{path}/decide",
        ("verdict", "reduced"),
        ("text", "a bit much"),
        ("duration", "86400"),
        ("punishments", "ban"),
    )
    went_to(decided)
    reduced = await infraction(desk, infraction_id)
    assert (reduced.duration_seconds, reduced.punishments) == (86_400, (Punishment.BAN,))
    assert (await appeal(desk, appeal_id)).decided_by == actor(desk.reviewer)
    assert appeal_id in (await desk.reviewer.get(f"/console/appeals?status=reduced&infraction={infraction_id}")).text
    of_it = (await desk.reviewer.get(f"/console/appeals?infraction={infraction_id}")).text
    assert (appeal_id in of_it, of_it.count("/console/appeals/" + appeal_id)) == (True, 1), "decided ones too"
    assert appeal_id not in (await desk.reviewer.get(f"/console/appeals?infraction={'0' * 24}")).text
    assert (
        f"/console/appeals?infraction={infraction_id}"
        in (await desk.reviewer.get(f"/console/bans/{infraction_id}")).text
    )
    assert reduced.player
    player = await desk.reviewer.get(f"/console/players/{reduced.player.service}/{reduced.player.id}?lang=es")
    assert "Reducida" in player.text
    late = await desk.reviewer.post(f"{path}/decide", verdict="upheld", text="no")
    assert late.status == 409


async def test_whoever_issued_a_ban_is_told_that_somebody_else_decides(desk: Desk) -> None:
    other = await joined(desk.bus, desk.console, desk.signer, Role.REVIEWER)
    appeal_id, infraction_id = await appealed(desk, actor=actor(other))
    path = f"/console/appeals/{appeal_id}"
    assert "You issued this infraction" in (await other.get(path)).text
    assert "You issued this infraction" not in (await desk.reviewer.get(path)).text
    went_to(await desk.reviewer.post(f"{path}/decide", verdict="overturned", text="a mistake"))
    assert (await infraction(desk, infraction_id)).status == "lifted"
    numbers = await desk.reviewer.get("/console/appeals/statistics")
    assert (numbers.status, other.account.name in numbers.text) == (200, True)
    assert (await desk.reviewer.get("/console/appeals/statistics?since=2000-01-01&until=2001-01-01")).status == 200
    assert (await desk.reviewer.get("/console/appeals/statistics?since=yesterday")).status == 422


async def test_two_people_of_one_name_do_not_look_at_the_same(desk: Desk) -> None:
    namesake = await joined(desk.bus, desk.console, desk.signer, Role.REVIEWER, desk.reviewer.account.name)
    for path in (f"/console/requests/{await opened(desk, '300')}", f"/console/appeals/{(await appealed(desk))[0]}"):
        mine = f"{path.rpartition('/')[0]}?assignee=me"
        went_to(await desk.reviewer.post(f"{path}/assign", to="me"))
        assert (path in (await desk.reviewer.get(mine)).text, path in (await namesake.get(mine)).text) == (True, False)
        assert (await is_theirs(desk.reviewer, path), await is_theirs(namesake, path)) == (True, False)
        went_to(await namesake.post(f"{path}/assign", to="me"))
        assert (path in (await desk.reviewer.get(mine)).text, path in (await namesake.get(mine)).text) == (False, True)
        assert (await is_theirs(desk.reviewer, path), await is_theirs(namesake, path)) == (False, True)
        went_to(await namesake.post(f"{path}/assign", to=""))
        assert path not in (await namesake.get(mine)).text


async def test_what_was_taken_by_name_alone_is_found_by_name(desk: Desk) -> None:
    """By a program, or in a release before this one."""
    request_id, (appeal_id, _) = await opened(desk, "301"), await appealed(desk)
    name = desk.reviewer.account.name
    assert (await desk.bus.send(AssignRequest(**asked(request_id=request_id, assignee=name)))).status == "applied"
    assert (await desk.bus.send(AssignAppeal(**asked(appeal_id=appeal_id, assignee=name)))).status == "applied"
    for path in (f"/console/requests/{request_id}", f"/console/appeals/{appeal_id}"):
        assert path in (await desk.reviewer.get(f"{path.rpartition('/')[0]}?assignee=me")).text
        assert await is_theirs(desk.reviewer, path)


async def is_theirs(visitor: Visitor, path: str) -> bool:
    """Whether the page lets go of it, and does not take it."""
    return 'name="to" value="me"' not in (await visitor.get(path)).text


async def test_a_code_is_shown_and_a_new_one_ends_it(desk: Desk) -> None:
    _, infraction_id = await appealed(desk)
    path = f"/console/appeals/code?infraction={infraction_id}"
    before = await desk.reviewer.get(path)
    assert f"/appeal/{infraction_id}" in before.text
    went_to(await desk.reviewer.post("/console/appeals/code", infraction=infraction_id))
    after = await desk.reviewer.get(path)
    codes = [answer.text.split("<code>")[1].split("</code>")[0] for answer in (before, after)]
    assert codes[0] != codes[1]
    assert "No infraction has this id" in (await desk.reviewer.get(f"/console/appeals/code?infraction={'0' * 24}")).text
    assert (await desk.reviewer.get("/console/appeals/code?infraction=no")).status == 422


async def test_a_players_page_says_what_a_credential_under_review_told(desk: Desk) -> None:
    player = Player(service="roblox", id="424242")
    for review in (False, True):
        assert (await desk.bus.send(report(incident("speed_hack", player), review=review))).status == "applied"
    words = said(await desk.admin.get("/console/players/roblox/424242"))
    assert "2 in all, the count is 2." in words
    assert words.count("told under review") == 1
