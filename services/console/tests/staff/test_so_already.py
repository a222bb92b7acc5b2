"""What two people do at once: who comes second reads that nothing was left to do."""

import asyncio
import html
import re
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from services.console.tests.conftest import Wall
from services.console.tests.desk import went_to

from banstream_contracts.accounts import Role
from banstream_contracts.commands.tiering import RegisterTieringPolicy
from banstream_contracts.infractions import Lifetime, Punishment
from banstream_contracts.players import Player
from banstream_contracts.tiering import Tier, TieringTerms
from banstream_runtime.identifiers import new_id, new_short_id
from banstream_testing.console import Answer
from banstream_testing.infractions import MODERATOR, issue
from banstream_testing.staff import Signer, Visitor, staff_console
from banstream_testing.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

NEW = "/console/bans/new"
SO_ALREADY = "Nothing had to be done: it was so already."


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def signer(wall: Wall) -> AsyncIterator[Signer]:
    async with staff_console(wall.nats) as (_, made):
        yield made


async def test_who_lifts_or_puts_back_what_somebody_else_has_is_not_told_that_it_was_them(
    wall: Wall, signer: Signer
) -> None:
    first, second = [await signer.sign_in(Role.REVIEWER, name=name) for name in ("First", "Second")]
    path = f"/console/bans/{await wall.ban('Two At Once')}"
    for what in ("lift", "reinstate", "lift"):
        form = {"step": "confirm", "reason": what}
        told = [await person.post(f"{path}/{what}", **form) for person in (first, second)]
        assert [went_to(each) for each in told] == [f"{path}?said=done", f"{path}?said=unchanged"]
    page = (await second.get(f"{told[1].headers['Location']}&lang=en")).text
    assert SO_ALREADY in page
    assert "<bdi>First</bdi>" in page
    assert "<bdi>Second</bdi></dd>" not in page


async def test_the_same_form_again_is_done_and_not_so_already(wall: Wall, signer: Signer) -> None:
    person = await signer.sign_in(Role.REVIEWER)
    path = f"/console/bans/{await wall.ban('Twice By One')}"
    for _ in range(2):
        answer = await person.post(f"{path}/lift", step="confirm", reason="oops", once="the-same")
        assert went_to(answer) == f"{path}?said=done"


async def test_what_is_so_already_has_no_form_that_would_make_it_so(wall: Wall, signer: Signer) -> None:
    person = await signer.sign_in(Role.REVIEWER)
    path = f"/console/bans/{await wall.ban('Lifted Before')}"
    for what, other in (("reinstate", "lift"), ("lift", "reinstate")):
        for answer in (await person.get(f"{path}/{what}"), await person.post(f"{path}/{what}", reason="late")):
            assert went_to(answer) == f"{path}?said=unchanged"
        assert (await person.get(f"{path}/{other}")).status == 200
        await person.post(f"{path}/{other}", step="confirm", reason=other)


async def test_what_has_ended_says_so_in_place_of_a_form_to_change_it(wall: Wall, signer: Signer) -> None:
    person = await signer.sign_in(Role.REVIEWER)
    path = f"/console/bans/{await wall.ban('Over Soon', lifetime=Lifetime.TIMED, duration_seconds=1)}"

    async def is_over() -> bool:
        return (await person.get(f"{path}/lift")).status == 303

    await eventually(is_over)
    answers: list[Answer] = [await person.get(f"{path}/{what}?lang=en") for what in ("amend", "reinstate")]
    for what, step in (("amend", ""), ("reinstate", ""), ("reinstate", "confirm"), ("lift", "confirm")):
        answers.append(await person.post(f"{path}/{what}?lang=en", step=step, reason="late", lifetime="permanent"))
    assert [each.status for each in answers] == [409] * len(answers)
    for answer in answers:
        assert "Not carried out" in answer.text
        assert 'name="reason"' not in answer.text


@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "one after the other"])
async def test_who_punishes_whom_somebody_else_has_punished_meanwhile_is_told_and_confirms_again(
    signer: Signer, *, at_once: bool
) -> None:
    people = [await signer.sign_in(Role.MODERATOR, name=name) for name in ("First", "Second")]
    player = f"roblox:{secrets.randbelow(10**9) + 10**9}"
    forms = [
        {"player": player, "punishments": "ban", "lifetime": "permanent", "scope": "global", "reason": reason}
        for reason in ("aimbot", "speed")
    ]
    confirmed = [await _previewed(person, form) for person, form in zip(people, forms, strict=True)]
    if at_once:
        posts = [person.post(f"{NEW}?lang=en", **form) for person, form in zip(people, confirmed, strict=True)]
        answers = await asyncio.gather(*posts)
    else:
        answers = [await person.post(f"{NEW}?lang=en", **form) for person, form in zip(people, confirmed, strict=True)]
    assert sorted(each.status for each in answers) == [303, 409]
    late = [each.status for each in answers].index(409)
    assert "somebody else has punished them meanwhile" in answers[late].text
    again = await _previewed(people[late], forms[late])
    assert len(again["seen_in_force"].split()) == 1
    assert (await people[late].post(NEW, **again)).status == 303


async def test_of_two_who_warn_at_once_by_a_policy_of_tiers_one_is_told_and_sees_the_next_tier(
    wall: Wall, signer: Signer
) -> None:
    people = [await signer.sign_in(Role.MODERATOR, name=name) for name in ("First", "Second")]
    form = {**await _by_tiers(wall), "player": f"roblox:{secrets.randbelow(10**9) + 10**9}"}
    confirmed = [await _previewed(person, form) for person in people]
    posts = [person.post(f"{NEW}?lang=en", **each) for person, each in zip(people, confirmed, strict=True)]
    answers = await asyncio.gather(*posts)
    assert sorted(each.status for each in answers) == [303, 409]
    late = [each.status for each in answers].index(409)
    assert "what was seen is not what is due by now" in answers[late].text
    assert "no es el que corresponde" in (await people[late].post(f"{NEW}?lang=es", **confirmed[late])).text
    again = await people[late].post(f"{NEW}?lang=en", **form)
    assert "Tier 2 of 2" in again.text
    assert (await people[late].post(NEW, **_confirming(again))).status == 303


async def test_of_a_player_with_very_many_infractions_the_oldest_counts_and_restricts_too(
    wall: Wall, signer: Signer
) -> None:
    person, player = await signer.sign_in(Role.MODERATOR), str(secrets.randbelow(10**9) + 10**9)
    by_tiers = {**await _by_tiers(wall), "player": f"roblox:{player}"}
    assert (await person.post(NEW, **await _previewed(person, by_tiers))).status == 303
    ban = await wall.ban("Long Known", player=Player(service="roblox", id=player))
    await wall.bus.send_all([issue(player, punishments=()) for _ in range(510)])
    by_hand = {"player": f"roblox:{player}", "punishments": "voice_block", "scope": "global", "reason": "shouts"}
    for form in ({**by_hand, "lifetime": "permanent"}, by_tiers):
        preview = await person.post(f"{NEW}?lang=en", **form)
        assert f'href="/console/bans/{ban}"' in preview.text
        assert ("Tier 2 of 2" in preview.text) == ("policy" in form)
        assert (await person.post(NEW, **_confirming(preview))).status == 303


async def test_who_changes_what_somebody_else_has_changed_since_the_preview_is_told(wall: Wall, signer: Signer) -> None:
    person = await signer.sign_in(Role.REVIEWER)
    path = f"/console/bans/{await wall.ban('Changed Twice')}/amend"
    form = {"punishments": "ban", "lifetime": "permanent", "scope": "global", "reason": "first"}
    seen = re.search(r'name="seen" value="([^"]+)"', (await person.get(path)).text)
    assert seen
    confirmed = _confirming(await person.post(f"{path}?lang=en", **form, seen=seen[1]))
    other = await signer.sign_in(Role.REVIEWER)
    assert (await other.post(path, **{**form, "reason": "second"}, step="confirm")).status == 303
    late = await person.post(f"{path}?lang=en", **confirmed)
    assert (late.status, "somebody else has changed it meanwhile" in late.text) == (422, True)


async def _by_tiers(wall: Wall) -> dict[str, str]:
    """The form that punishes by a policy of its own: warned, then banned."""
    server_id, policy_id = new_short_id(), new_short_id()
    tiers = (Tier(), Tier(punishments=(Punishment.VOICE_BLOCK,)))
    terms = TieringTerms(name="Mic spam", tier_ttl_seconds=86_400, default_reason="mic spam", tiers=tiers)
    common = {"command_id": new_id(), "issued_at": datetime.now(UTC), "correlation_id": new_id(), "actor": MODERATOR}
    command = RegisterTieringPolicy(**common, tiering_policy_id=policy_id, server_id=server_id, terms=terms)
    assert (await wall.bus.send(command)).status == "applied"
    return {"policy": policy_id, "server": server_id, "scope": "global", "reason": "mic spam"}


async def _previewed(person: Visitor, form: dict[str, str]) -> dict[str, str]:
    """The form that confirms what a preview shows."""
    return _confirming(await person.post(f"{NEW}?lang=en", **form))


def _confirming(preview: Answer) -> dict[str, str]:
    (confirming,) = [part for part in preview.text.split("<form") if 'name="step" value="confirm"' in part]
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', confirming)
    return {name: html.unescape(value) for name, value in fields if name != "csrf"}
