"""Policies, protections, servers, tokens and targets, set on pages of a running console."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Literal

import pytest
import pytest_asyncio
from services.console.tests.desk import Desk, desk_on, post_several, said, went_to

from banstream_contracts import subjects
from banstream_contracts.infractions import Credential, Punishment, Severity
from banstream_contracts.notifier_targets import Target
from banstream_contracts.players import Player
from banstream_contracts.policies import PolicyVersion
from banstream_contracts.queries.abuse import GetPolicy, PolicyFound
from banstream_contracts.queries.infractions import CredentialPage, ListCredentials
from banstream_contracts.queries.notifier import ListTargets, TargetPage
from banstream_contracts.queries.plugins import ListTieringPolicies, TieringPolicyPage
from banstream_contracts.tiering import Tier, TieringPolicy
from banstream_runtime.identifiers import secret_hash
from banstream_testing.abuse import SERVER_ID, incident, report
from banstream_testing.discord import discord_stand_in
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

_SECRET = re.compile(r'<code class="breakable">([^<]+)</code>')
FORM = {
    "name": "Strict",
    "warn": "1",
    "kick": "",
    "ban": "2",
    "auto_ban": "on",
    "ban_duration": "1d 12h",
    "ban_scope": "global",
    "reset_after": "30d",
    "weights": "speed_hack = 2\r\naimbot=5",
    "coalesce_seconds": "0.5",
    "reasons": "lag_switch",
    "servers": SERVER_ID,
    "at_once_critical": "permanent",
    "review_critical": "on",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(nats: NatsServer, postgres_url: str) -> AsyncIterator[Desk]:
    async with desk_on(nats, postgres_url) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server_id(desk: Desk) -> str:
    return await game_server(desk)


async def policy(desk: Desk, policy_id: str) -> PolicyVersion | None:
    questions = desk.console.site.staff.questions
    return (await questions.ask(subjects.QUERY_POLICY, GetPolicy(policy_id=policy_id), PolicyFound)).policy


async def credential(desk: Desk, kind: Literal["server", "token"], secret: str) -> Credential:
    """The one that a secret opens."""
    questions = desk.console.site.staff.questions
    page = await questions.ask(subjects.QUERY_CREDENTIALS, ListCredentials(kind=kind), CredentialPage)
    (found,) = [each for each in page.items if each.key_hash == secret_hash(secret)]
    return found


async def test_a_policy_is_set_by_its_form_and_every_version_is_kept(desk: Desk) -> None:
    path = "/console/policies/strict"
    assert went_to(await desk.admin.post("/console/policies", policy_id="strict")) == path
    assert "There is no such policy yet" in (await desk.admin.get(path)).text
    went_to(await desk.admin.post(path, **FORM, version="0"))
    set_ = await policy(desk, "strict")
    assert set_
    held = set_.policy
    assert (held.thresholds.warn, held.thresholds.kick, held.thresholds.ban) == (1, None, 2)
    assert (held.ban_duration_seconds, held.reset_after_seconds) == (129_600, 30 * 86_400)
    assert (held.weights, held.reasons, held.auto_kick, held.shadow) == (
        {"speed_hack": 2, "aimbot": 5},
        ("lag_switch",),
        False,
        False,
    )
    assert list(held.severities) == [Severity.CRITICAL]
    assert held.severities[Severity.CRITICAL].review
    shown = (await desk.admin.get(path)).text
    assert 'value="1d 12h"' in shown
    went_to(await desk.admin.post(path, **{**FORM, "ban": "7"}, version="1"))
    assert 'value="7"' in (await desk.admin.get(path)).text
    before = await desk.admin.get(f"{path}?version=1")
    assert "This is version 1; version 2 holds" in before.text
    assert 'id="f-ban" name="ban" type="text" value="2"' in before.text
    stale = await desk.admin.post(path, **FORM, version="1")
    assert (stale.status, "Not carried out" in stale.text) == (409, True)
    assert 'name="version" value="2"' in stale.text, "who was told saves theirs over it, also after reading it again"
    went_to(await desk.admin.post(path, **FORM, version="2"))
    assert (await desk.admin.get(f"{path}?version=99")).status == 404
    assert "Strict" in (await desk.admin.get("/console/policies")).text
    assert (await desk.admin.get(f"{path}/remove")).status == 200
    went_to(await desk.admin.post(f"{path}/remove"))
    assert await policy(desk, "strict") is None


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("ban", "often"),
        ("ban_duration", "a while"),
        ("reset_after", "9999999d"),
        ("weights", "speed_hack"),
        ("servers", "EU1"),
        ("coalesce_seconds", "-1"),
        ("at_once_critical", "1x"),
    ],
)
async def test_a_field_that_means_nothing_is_marked_and_kept(desk: Desk, field: str, given: str) -> None:
    answer = await desk.admin.post("/console/policies/wrong", **{**FORM, field: given})
    assert answer.status == 422
    assert re.search(rf'name="{field}"[^>]*aria-invalid="true"', answer.text), said(answer)
    assert given in answer.text
    assert await policy(desk, "wrong") is None


async def test_a_draft_is_tried_on_the_log_and_changes_nothing(desk: Desk) -> None:
    cheater = Player(service="roblox", id="31337")
    assert (await desk.bus.send(report(*(incident("speed_hack", cheater) for _ in range(2))))).status == "applied"
    answer = await desk.admin.post(
        "/console/policies/tried/simulate", **{**FORM, "weights": "", "coalesce_seconds": "0"}, days="7"
    )
    assert answer.status == 200
    words = said(answer)
    assert "Incidents: 2." in words
    assert re.search(r"Banned 0 \(0\) 1 \(1\) 1 roblox:31337 0", words), words
    assert 'value="1d 12h"' in answer.text
    assert await policy(desk, "tried") is None
    wrong = await desk.admin.post("/console/policies/tried/simulate", **{**FORM, "ban": "x"}, days="7")
    assert wrong.status == 422


async def test_a_player_is_protected_and_the_end_of_it_needs_a_reason(desk: Desk) -> None:
    path = "/console/protected"
    wrong = await desk.admin.post(path, player="somebody", reason="streamer")
    assert (wrong.status, 'value="somebody"' in wrong.text) == (422, True)
    went_to(await desk.admin.post(path, player="minecraft:A b", reason="streamer"))
    assert "minecraft:a b" in (await desk.admin.get(path)).text
    end = f"{path}/end?player=minecraft:a%20b"
    assert "Policies act on minecraft:a b again." in (await desk.admin.get(end)).text
    assert (await desk.admin.post(end, reason="")).status == 422
    went_to(await desk.admin.post(end, reason="no longer"))
    assert "Nobody is protected" in (await desk.admin.get(path)).text


async def test_the_key_of_a_server_is_shown_once_and_only_its_hash_travels(desk: Desk) -> None:
    form = [("name", "EU <1>"), ("game", "tf")]
    made = await post_several(desk.admin, "/console/servers", *form, once="one form")
    assert (made.status, made.headers["Cache-Control"]) == (200, "no-store")
    found = _SECRET.search(made.text)
    assert found
    assert (await credential(desk, "server", found[1])).name == "EU <1>"
    again = await post_several(desk.admin, "/console/servers", *form, once="one form")
    assert (again.status, _SECRET.search(again.text), "sent before" in again.text) == (200, None, True)
    listed = await desk.admin.get("/console/servers")
    assert listed.text.count("EU &lt;1&gt;") == 1
    assert found[1] not in listed.text
    told = b"".join(message.data for message in await desk.bus.events(1))
    assert found[1].encode() not in told


async def test_a_secret_is_replaced_and_a_credential_revoked_after_being_asked(desk: Desk) -> None:
    made = await post_several(
        desk.admin, "/console/tokens", ("name", "bot"), ("scopes", "check"), ("scopes", "report"), ("days", "30")
    )
    first = _SECRET.search(made.text)
    assert first
    token = await credential(desk, "token", first[1])
    assert token.scopes == ("check", "report")
    assert token.expires_at
    assert 29 <= (token.expires_at - datetime.now(UTC)).days <= 30
    one = f"/console/tokens/{token.id}"
    assert "ends at once" in (await desk.admin.get(f"{one}/rotate")).text
    rotated = _SECRET.search((await desk.admin.post(f"{one}/rotate")).text)
    assert rotated
    assert (await credential(desk, "token", rotated[1])).id == token.id
    assert "for good" in (await desk.admin.get(f"{one}/revoke")).text
    assert went_to(await desk.admin.post(f"{one}/revoke")) == "/console/tokens?said=done"
    assert "Revoked" in (await desk.admin.get("/console/tokens")).text
    assert (await desk.admin.post(f"/console/tokens/{'0' * 24}/revoke")).status == 409


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/console/servers", [("name", "")]),
        ("/console/tokens", [("name", "x")]),
        ("/console/servers", [("name", "a\x07")]),
        ("/console/tokens", [("name", "x"), ("review", "on"), ("scopes", "report"), ("scopes", "punish")]),
        ("/console/tokens", [("name", "x"), ("review", "on"), ("scopes", "check")]),
    ],
    ids=["no name", "no scope", "control character", "reviewed and punishes", "reviewed and reports nothing"],
)
async def test_what_is_no_credential_is_not_made(desk: Desk, path: str, form: list[tuple[str, str]]) -> None:
    answer = await post_several(desk.admin, path, *form)
    assert (answer.status, _SECRET.search(answer.text)) == (422, None)


async def targets(desk: Desk, *names: str) -> list[Target]:
    questions = desk.console.site.staff.questions
    page = await questions.ask(subjects.QUERY_TARGETS, ListTargets(), TargetPage)
    return [each.target for each in page.items if each.target and each.target.name in names]


async def test_a_target_is_made_tried_stopped_told_again_and_removed(desk: Desk) -> None:
    async with discord_stand_in() as channel:
        url = channel.webhook()
        wrong = await desk.admin.post("/console/targets", name="Bans", kind="discord", url="ftp://x", language="en")
        assert (wrong.status, "ftp://x" in wrong.text) == (422, False)
        made = await desk.admin.post(
            "/console/targets", name="Bans <b>", kind="discord", url=url, language="pt-BR", events="infraction.*"
        )
        assert made.status == 200, said(made)
        (found,) = await targets(desk, "Bans <b>")
        assert (found.language, found.filters.events) == ("pt-BR", ("infraction.*",))
        path = f"/console/targets/{found.id}"
        assert url not in (await desk.admin.get(path)).text
        went_to(await desk.admin.post(f"{path}/test"))

        async def delivered() -> bool:
            return "target.test_requested" in (await desk.admin.get(f"{path}?status=done")).text

        await eventually(delivered)
        page = (await desk.admin.get(path)).text
        event = re.search(r'name="event" value="([0-9a-f-]{36})"', page)
        assert event
        went_to(await desk.admin.post(f"{path}/redeliver", event=event[1]))
        went_to(await desk.admin.post(f"{path}/pause"))
        assert "Paused" in (await desk.admin.get("/console/targets")).text
        went_to(await desk.admin.post(f"{path}/resume"))
        went_to(await desk.admin.post(path, name="Renamed", language="en", url="", events="infraction.issued"))
        assert "Renamed" in (await desk.admin.get(path)).text
        assert (await desk.admin.get(f"{path}/remove")).status == 200
        went_to(await desk.admin.post(f"{path}/remove"))
        assert await targets(desk, "Bans <b>", "Renamed") == []


async def test_the_secret_of_a_webhook_is_shown_once(desk: Desk) -> None:
    form = [("name", "hook"), ("kind", "webhook"), ("url", "https://hook.example/x"), ("language", "en")]
    first = await post_several(desk.admin, "/console/targets", *form, once="a hook")
    again = await post_several(desk.admin, "/console/targets", *form, once="a hook")
    shown = _SECRET.search(first.text)
    assert shown
    assert shown[1].startswith("whsec_")
    assert (_SECRET.search(again.text), len(await targets(desk, "hook"))) == (None, 1)


TIERS = (
    ("name", "Mic spam"),
    ("counts", "30d"),
    ("default_reason", "mic spam"),
    ("everywhere", "on"),
    ("what0", "warning"),
    ("what1", "voice_block"),
    ("lasts1", "30m"),
    ("online1", "on"),
    ("what2", "voice_block"),
    ("what2", "ban"),
)


async def tiers(desk: Desk) -> list[TieringPolicy]:
    questions = desk.console.site.staff.questions
    return list((await questions.ask(subjects.QUERY_TIERING_POLICIES, ListTieringPolicies(), TieringPolicyPage)).items)


async def game_server(desk: Desk) -> str:
    """The id of a new one."""
    made = await desk.admin.post("/console/servers", name="EU 1")
    found = _SECRET.search(made.text)
    assert found, made.text
    return (await credential(desk, "server", found[1])).id


async def test_a_policy_of_tiers_is_made_changed_used_and_taken_out_of_use(desk: Desk) -> None:
    server_id = await game_server(desk)
    new = "/console/tiers/new"
    assert server_id in (await desk.admin.get(new)).text
    went_to(await post_several(desk.admin, new, *TIERS, ("server", server_id)))
    (policy,) = await tiers(desk)
    assert (policy.server_id, policy.terms.name, policy.terms.include_other_servers) == (server_id, "Mic spam", True)
    assert policy.terms.tiers == (
        Tier(),
        Tier(punishments=(Punishment.VOICE_BLOCK,), duration_seconds=1800, online=True),
        Tier(punishments=(Punishment.BAN, Punishment.VOICE_BLOCK)),
    )
    path = f"/console/tiers/{policy.id}"
    shown = (await desk.admin.get("/console/policies")).text
    assert (path in shown, "EU 1" in shown) == (True, True)
    form = (await desk.admin.get(path)).text
    assert re.search(r'name="what1" value="voice_block" checked', form)
    assert 'name="lasts1" type="text" value="30m"' in form
    without_the_second = [(name, value) for name, value in TIERS if not name.endswith("1")]
    went_to(await post_several(desk.admin, path, *without_the_second))
    (changed,) = await tiers(desk)
    assert (changed.id, [len(tier.punishments) for tier in changed.terms.tiers]) == (policy.id, [0, 2])
    assert changed.registered_by
    assert changed.registered_by.kind == "person"
    assert (await desk.admin.get(f"{path}/remove")).status == 200
    went_to(await desk.admin.post(f"{path}/remove"))
    assert await tiers(desk) == []
    assert (await desk.admin.get(path)).status == 404


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        (("what0", "nonsense"), "names something that is none"),
        (("what0", "ban"), "names something that is none"),
        (("lasts1", "soon"), "is written like 7d, 12h or 1d 12h"),
        (("lasts1", ""), "say how long"),
        (("what1", "ban"), "a banned player is never connected"),
        (("counts", "long"), "is written like 7d, 12h or 1d 12h"),
        (("name", ""), "is needed"),
        (("server", "9" * 24), "a policy is of a game server"),
    ],
    ids=["nonsense", "warning and ban", "lasts", "online for good", "online ban", "counts", "name", "server"],
)
async def test_what_is_wrong_with_tiers_is_said_and_the_form_kept(
    desk: Desk, server_id: str, changed: tuple[str, str], wrong: str
) -> None:
    name, _ = changed
    pairs = [("server", server_id), *TIERS, changed]
    if not name.startswith("what"):
        pairs = [changed, *((each, old) for each, old in pairs if each != name)]
    answer = await post_several(desk.admin, "/console/tiers/new", *pairs)
    assert (answer.status, wrong in answer.text) == (422, True)
    assert 'value="mic spam"' in answer.text
    assert not await tiers(desk)


async def test_a_policy_of_tiers_without_a_tier_is_none(desk: Desk, server_id: str) -> None:
    pairs = [(name, value) for name, value in TIERS if not name.startswith("what")]
    answer = await post_several(desk.admin, "/console/tiers/new", ("server", server_id), *pairs)
    assert (answer.status, "fill in the first tier" in answer.text) == (422, True)


async def test_nobody_makes_a_token_that_may_more_than_they(desk: Desk) -> None:
    page = (await desk.admin.get("/console/tokens")).text
    assert ('value="punish"' in page, 'value="admin"' in page) == (True, False)
    answer = await post_several(desk.admin, "/console/tokens", ("name", "mine"), ("scopes", "admin"))
    assert answer.status == 422
    assert "none of the choices" in answer.text


async def test_a_policy_leads_to_taking_back_what_it_did(desk: Desk) -> None:
    page = await desk.admin.get("/console/policies/default?lang=en")
    assert 'href="/console/undo?by=policy%3Adefault"' in page.text
    assert 'value="policy:default"' in (await desk.admin.get("/console/undo?by=policy%3Adefault")).text
    nobodys = await desk.admin.get("/console/policies/not-yet?lang=en")
    assert (nobodys.status, "/console/undo?" in nobodys.text) == (200, False)
