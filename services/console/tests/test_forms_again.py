"""Forms that come again: the same is carried out once, what was filled in anew is not lost, and nothing typed is."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from html import unescape

import aiohttp
import pytest
import pytest_asyncio
from services.console.tests.desk import SETTINGS, Desk, desk_on, joined, post_several, said, went_to

from banstream_contracts import subjects
from banstream_contracts.accounts import Role, account_id
from banstream_contracts.appeals import AppealReason
from banstream_contracts.commands.appeals import OpenAppeal
from banstream_contracts.commands.infractions import OpenRequest
from banstream_contracts.infractions import Actor, Infraction
from banstream_contracts.players import Player
from banstream_contracts.queries.infractions import (
    GetInfraction,
    InfractionFound,
    InfractionPage,
    ListInfractions,
    ReviewRequest,
)
from banstream_contracts.queries.requests import GetRequest, RequestFound
from banstream_contracts.text import LINE_END
from banstream_privacy.transit import seal, sealing_public_key
from banstream_runtime.identifiers import new_id, new_short_id
from banstream_testing.console import Answer
from banstream_testing.infractions import MASTER_KEY, MODERATOR, issue
from banstream_testing.servers import NatsServer
from banstream_testing.staff import Visitor, staff_console
from banstream_testing.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

PNG = b"\x89PNG\r\n\x1a\n"
TERMS = {"punishments": "ban", "lifetime": "permanent", "scope": "global", "category": "aimbot", "severity": "critical"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(nats: NatsServer, postgres_url: str) -> AsyncIterator[Desk]:
    async with desk_on(nats, postgres_url) as made:
        yield made


async def opened(desk: Desk, player: str, name: str | None = None, actor: Actor = MODERATOR) -> str:
    """A request to ban somebody."""
    command = OpenRequest(
        command_id=new_id(),
        issued_at=datetime.now(UTC),
        actor=actor,
        correlation_id=new_id(),
        request_id=new_short_id(),
        player=Player(service="roblox", id=player),
        player_name=name,
        reason="gnp.exe was \u202eseen",
    )
    assert (await desk.bus.send(command)).status == "applied"
    return command.request_id


async def appealed(desk: Desk) -> str:
    """An appeal against a ban."""
    appeal_id, story = new_short_id(), seal(sealing_public_key(MASTER_KEY), "it was my brother")
    common = {"command_id": new_id(), "issued_at": datetime.now(UTC), "correlation_id": new_id()}
    fields = {"appeal_id": appeal_id, "infraction_id": await banned(desk, "11"), "reason": AppealReason.NOT_ME}
    command = OpenAppeal(**common, **fields, actor=Actor(kind="system", id="console"), sealed_text=story)
    assert (await desk.bus.send(command)).status == "applied"
    return appeal_id


async def watched(desk: Desk) -> str:
    """A target that is told of what is critical."""
    fields = [("name", "hook"), ("kind", "webhook"), ("url", "https://hook.example/x"), ("language", "en")]
    answer = await post_several(desk.admin, "/console/targets", *fields, ("severities", "critical"))
    found = re.search(r'href="/console/targets/([0-9a-f]{24})"', answer.text)
    assert found, answer.text
    return found[1]


async def request(desk: Desk, request_id: str) -> ReviewRequest:
    questions = desk.console.site.staff.questions
    found = await questions.ask(subjects.QUERY_REQUEST, GetRequest(request_id=request_id), RequestFound)
    assert found.request
    return found.request


async def banned(desk: Desk, player: str = "88") -> str:
    ban = issue(player, player_name="Somebody", category="aimbot", severity="critical", reason="seen flying")
    assert (await desk.bus.send(ban)).status == "applied"
    return ban.infraction_id


async def infraction(desk: Desk, infraction_id: str) -> Infraction:
    questions = desk.console.site.staff.questions
    found = await questions.ask(subjects.QUERY_INFRACTION, GetInfraction(infraction_id=infraction_id), InfractionFound)
    assert found.infraction
    return found.infraction


async def test_a_form_that_is_gone_back_to_and_filled_in_anew_is_carried_out_too(desk: Desk) -> None:
    request_id = await opened(desk, "1")
    path = f"/console/requests/{request_id}/comment"
    for note in ("what I saw first", "what I saw first", "what I remembered then"):
        went_to(await desk.reviewer.post(path, note=note, once="a" * 32))
    assert [each.note for each in (await request(desk, request_id)).comments] == [
        "what I saw first",
        "what I remembered then",
    ]


async def test_a_link_is_of_the_account_that_it_is_shown_for(desk: Desk) -> None:
    links = []
    for login, role in (("first-one", Role.REVIEWER), ("first-one", Role.REVIEWER), ("second-one", Role.VIEWER)):
        answer = await desk.admin.post("/console/accounts", login=login, name="", role=role, once="b" * 32)
        assert answer.status == 200, said(answer)
        found = re.search(r"/join/([\w-]+)", answer.text)
        assert found
        links.append(found[1])
    assert links[0] == links[1] != links[2]
    accounts = desk.console.site.staff.accounts
    assert {accounts.get(account_id(each)) is not None for each in ("first-one", "second-one")} == {True}
    assert "second-one" in (await desk.console.get(f"/join/{links[2]}")).text


async def attached(desk: Desk, infraction_id: str, content: bytes) -> None:
    form = aiohttp.FormData()
    form.add_field("file", content, filename="x.png", content_type="image/png")
    url = f"{desk.console.url}/console/bans/{infraction_id}/evidence?csrf={desk.reviewer.csrf}&once={'c' * 32}"
    cookie = "; ".join(f"{name}={value}" for name, value in desk.reviewer.cookies.items())
    async with desk.console.http.post(url, data=form, headers={"Cookie": cookie}, allow_redirects=False) as answer:
        assert answer.status == 303


async def test_another_file_that_is_chosen_in_the_same_form_is_attached_too(desk: Desk) -> None:
    infraction_id = await banned(desk)
    for content in (PNG + b"one", PNG + b"one", PNG + b"two"):
        await attached(desk, infraction_id, content)
    assert len((await infraction(desk, infraction_id)).files or ()) == 2


async def bulk(desk: Desk, *pairs: tuple[str, str], query: str = "") -> Answer:
    return await post_several(desk.reviewer, f"/console/requests/decide{query}", *pairs)


async def test_a_decision_on_many_that_lacks_something_keeps_reason_ticks_and_filters(desk: Desk) -> None:
    request_id = await opened(desk, "2")
    answer = await bulk(desk, ("decision", "reject"), ("reason", "typed at length"), query="?player=roblox:2")
    assert (answer.status, "typed at length</textarea>" in answer.text) == (422, True)
    assert 'href="/console/requests?player=roblox%3A2&amp;status=approved"' in answer.text
    assert 'action="/console/requests/decide?player=roblox%3A2"' in answer.text
    answer = await bulk(desk, ("decision", "reject"), ("id", f"{request_id}+"))
    assert answer.status == 422
    assert re.search(rf'value="{request_id}\+" checked', answer.text)


@pytest.mark.parametrize("name", ["\u200b\u200b", "\u00a0\u2003", None], ids=["zero-width", "blank", "none"])
async def test_who_has_no_name_to_be_seen_stands_in_the_queue_by_their_id(desk: Desk, name: str | None) -> None:
    request_id = await opened(desk, "3", name)
    queue = await desk.reviewer.get("/console/requests?player=roblox:3")
    assert f'<a href="/console/requests/{request_id}"><bdi>roblox:3</bdi></a>' in queue.text
    assert "<h1><bdi>roblox:3</bdi></h1>" in (await desk.reviewer.get(f"/console/requests/{request_id}")).text


async def test_names_and_reasons_in_the_queue_are_turned_around_by_nothing_and_stand_beside_the_id(desk: Desk) -> None:
    request_id = await opened(desk, "4", "abc\u202egnp.exe")
    for path in ("/console/requests?player=roblox:4", f"/console/requests/{request_id}"):
        page = await desk.reviewer.get(path)
        assert "\u202e" not in page.text
        assert "abcgnp.exe" in page.text
        assert "roblox:4" in said(page)


async def test_the_longest_evidence_fits_in_letters_of_every_language(desk: Desk) -> None:
    evidence, note = "证" * 10_000, "注" * 4096
    answer = await desk.reviewer.post(
        "/console/bans/new", **TERMS, player="roblox:5", reason="作弊", evidence=evidence, note=note, step="confirm"
    )
    made = went_to(answer).split("?")[0].rsplit("/", 1)[1]
    assert (await infraction(desk, made)).evidence == evidence


async def test_what_somebody_else_changed_meanwhile_is_not_written_over_unseen(desk: Desk) -> None:
    infraction_id = await banned(desk)
    path = f"/console/bans/{infraction_id}/amend"
    seen = re.search(r'name="seen" value="([0-9a-f]+)"', (await desk.reviewer.get(path)).text)
    assert seen
    mine = {**TERMS, "reason": "seen flying twice", "seen": seen[1]}
    assert (await desk.reviewer.post(path, **mine)).status == 200
    went_to(await desk.admin.post(path, **TERMS, reason="seen flying", note="do not lose me", step="confirm"))
    for step in ("", "confirm"):
        answer = await desk.reviewer.post(path, **mine, step=step)
        assert (answer.status, "somebody else has changed it" in answer.text) == (422, True)
        assert "seen flying twice</textarea>" in answer.text
    assert (await infraction(desk, infraction_id)).note == "do not lose me"
    now = re.search(r'name="seen" value="([0-9a-f]+)"', answer.text)
    assert now
    preview = await desk.reviewer.post(path, **{**mine, "seen": now[1]})
    assert "do not lose me" in said(preview)
    went_to(await desk.reviewer.post(path, **{**mine, "seen": now[1], "note": "do not lose me", "step": "confirm"}))
    changed = await infraction(desk, infraction_id)
    assert (changed.reason, changed.note) == ("seen flying twice", "do not lose me")


async def test_what_was_typed_into_a_decision_that_came_second_is_given_back(desk: Desk) -> None:
    request_id = await opened(desk, "6")
    path = f"/console/requests/{request_id}"
    went_to(await desk.admin.post(f"{path}/approve", duration="permanent"))
    answer = await desk.reviewer.post(f"{path}/reject", reason="why this is nobody to ban")
    assert (answer.status, "why this is nobody to ban</textarea>" in answer.text) == (409, True)


@pytest.mark.parametrize("sent", ["approve", "reject"])
async def test_what_was_typed_for_one_decision_is_given_back_in_its_form_and_in_no_other(desk: Desk, sent: str) -> None:
    path, typed = f"/console/requests/{await opened(desk, '10')}", "x" * 1025
    answer = await desk.reviewer.post(f"{path}/{sent}", reason=typed, duration="86400")
    assert answer.status == 422, said(answer)
    _, approval, rejection = re.split(f'action="{path}/(?:approve|reject)"', answer.text)
    for form, is_sent in ((approval, sent == "approve"), (rejection, sent == "reject")):
        assert (typed in form, 'aria-invalid="true"' in form) == (is_sent, is_sent)


async def test_what_was_typed_into_a_refused_change_of_an_account_is_given_back(desk: Desk) -> None:
    owner, other = [await joined(desk.bus, desk.console, desk.signer, role) for role in (Role.OWNER, Role.VIEWER)]
    path = f"/console/accounts/{other.account.id}"
    answer = await owner.post(f"{path}/disable", reason="typed at length".ljust(1025, "."))
    assert (answer.status, "typed at length" in answer.text, "1,024" in answer.text) == (422, True, True)
    async with staff_console(desk.nats, publish_timeout_seconds=1e-6) as (made, _):
        answer = await Visitor(made, owner.account, owner.token).post(f"{path}/role", role="admin")
    assert (answer.status, '<option value="admin" selected>' in answer.text) == (503, True)


async def test_a_refused_form_of_one_button_changes_nothing_in_the_forms_beside_it(desk: Desk) -> None:
    appeal_id, target_id = await appealed(desk), await watched(desk)
    async with staff_console(desk.nats, publish_timeout_seconds=1e-6, **SETTINGS) as (made, _):
        hasty = Visitor(made, desk.admin.account, desk.admin.token)
        appeal = await hasty.post(f"/console/appeals/{appeal_id}/assign", to="me")
        target = await hasty.post(f"/console/targets/{target_id}/pause")
    assert (appeal.status, '<input type="radio" name="to" value="player" checked>' in appeal.text) == (503, True)
    assert (target.status, 'name="severities" value="critical" checked' in target.text) == (503, True)


async def test_what_may_have_been_stored_and_is_tried_again_from_the_page_that_said_so_happens_once(
    desk: Desk,
) -> None:
    path, fields = "/console/bans/new", {**TERMS, "player": "roblox:7", "reason": "seen flying", "once": "d" * 32}

    async def bans() -> tuple[Infraction, ...]:
        question = ListInfractions(player=Player(service="roblox", id="7"))
        return (await desk.console.site.staff.questions.ask(subjects.QUERY_INFRACTIONS, question, InfractionPage)).items

    async with staff_console(desk.nats, publish_timeout_seconds=1e-6) as (made, signer):
        hasty = await joined(desk.bus, made, signer, Role.REVIEWER)
        for step, status in (("confirm", 503), ("", 200), ("confirm", 503)):
            answer = await hasty.post(path, **fields, step=step)
            assert answer.status == status, said(answer)
            found = re.search(r'name="once" value="([0-9a-f]+)"', answer.text)
            assert found
            fields["once"] = found[1]
            await eventually(bans)
    await banned(desk, "8")
    assert len(await bans()) == 1


async def test_what_may_have_been_stored_while_its_page_cannot_be_made_again_happens_once_sent_again(
    desk: Desk,
) -> None:
    request_id, note = await opened(desk, "9"), 'seen "twice"\nand <b>once</b> more'
    path = f"/console/requests/{request_id}/comment"

    async def comments() -> list[str]:
        return [each.note for each in (await request(desk, request_id)).comments]

    async with staff_console(desk.nats, publish_timeout_seconds=1e-6, query_timeout_seconds=1e-6) as (made, signer):
        hasty = await joined(desk.bus, made, signer, Role.REVIEWER)
        answer = await hasty.post(path, note=note, once="f" * 32)
    assert answer.status == 503
    assert f'<form method="post" action="{path}">' in answer.text
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', answer.text))
    assert (sorted(fields), fields["csrf"]) == (["csrf", "note", "once"], hasty.csrf)
    await eventually(comments)
    again = {name: unescape(value) for name, value in fields.items()}
    went_to(await Visitor(desk.console, hasty.account, hasty.token).post(path, **again))
    assert await comments() == [note.replace("\n", LINE_END)]


async def test_a_form_that_makes_a_secret_is_another_one_when_it_is_tried_again(desk: Desk) -> None:
    async with staff_console(desk.nats, publish_timeout_seconds=1e-6) as (made, signer):
        hasty = await joined(desk.bus, made, signer, Role.ADMIN)
        answer = await hasty.post("/console/tokens", name="once", scopes="check", once="e" * 32)
    assert answer.status == 503
    assert re.search(r'name="once" value="[0-9a-f]+"', answer.text)
    assert "e" * 32 not in answer.text
