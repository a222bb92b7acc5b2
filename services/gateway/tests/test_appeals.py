"""Appeals at the edge: staff read, answer and decide; players are told at the kick."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError
from services.gateway.tests.conftest import MASTER_KEY, Running, Start, until
from services.gateway.tests.stand_in import Infractions

from banstream_contracts.infractions import Restriction
from banstream_contracts.results import Refusal
from banstream_gateway.appeal_invitations import AppealInvitations, check_hint, hinted, invited
from banstream_gateway.gflbans.answers import check_reply
from banstream_gateway.held.credentials import Credentials
from banstream_gateway.held.standings import Restriction as Held
from banstream_gateway.settings import Settings
from banstream_privacy.appeal_codes import appeal_code
from banstream_privacy.transit import unseal

APPEALS = "/v1/appeals"
ID, OTHER, BAN = "0" * 24, "1" * 24, "2" * 24
ONE, CODE = f"{APPEALS}/{ID}", f"/v1/infractions/{BAN}/appeal-code"
KEY = bytes(range(50, 82))
CONSOLE = "https://bans.example.org"
SETTINGS: dict[str, Any] = {"console_url": f"{CONSOLE}/", "appeal_key": KEY.hex()}
HINT = "Appeal: {url} code {code}"
INVITATION = {"url": f"{CONSOLE}/appeal/{BAN}", "code": appeal_code(KEY, BAN)}


def restriction(*punishments: Any, **changes: Any) -> Restriction:
    values = {"lifetime": "permanent", "reason": "aimbot", "scope": "global", "infraction_id": BAN}
    return Restriction(**{**values, **changes}, punishments=punishments or ("ban", "voice_block"))


def held(*punishments: str, reason: str = "aimbot") -> Held:
    return Held(BAN, punishments or ("ban",), "permanent", reason, "global")


async def test_staff_look_at_appeals(gateway: Running, infractions: Infractions) -> None:
    await infractions.admit("server", "punish", kind="server")
    await until(lambda: gateway.gateway.credentials.find("server"))
    listed = await gateway.call("GET", f"{APPEALS}?player=roblox:156&status=open&infraction_id={OTHER}&limit=1")
    assert (listed.status, listed.json["next"]) == (200, "bmV4dA")
    assert "answers" not in listed.json["items"][0]
    found = await gateway.call("GET", ONE)
    assert (found.status, found.json["answers"][0]["text"]) == (200, "my brother")
    told = await gateway.call("GET", f"{APPEALS}/statistics?since=2026-01-01T00:00:00Z")
    assert (told.status, told.json["by_category"][0]["overturned"]) == (200, 1)
    for path in (f"{APPEALS}/{OTHER}", f"{APPEALS}/x"):
        missing = await gateway.call("GET", path)
        assert (missing.status, missing.json["type"]) == (404, "urn:banstream:problem:unknown-appeal")
    for path in (APPEALS, ONE, f"{APPEALS}/statistics", CODE):
        assert (await gateway.call("GET", path, secret="server")).status == 403


async def test_staff_answer_take_and_decide(gateway: Running, infractions: Infractions) -> None:
    replied = await gateway.call("POST", f"{ONE}/answers", {"text": "which day?"})
    noted = await gateway.call("POST", f"{ONE}/answers", {"text": "aim assist", "internal": True})
    taken = await gateway.call("POST", f"{ONE}/assignee", {"assignee": "Bob"})
    body = {"verdict": "reduced", "text": "a first offence", "duration_seconds": 60, "punishments": ["ban"]}
    reduced = await gateway.call("POST", f"{ONE}/decision", body)
    upheld = await gateway.call("POST", f"{ONE}/decision", {"verdict": "upheld", "text": "seen on video"})
    answers = [replied, noted, taken, reduced, upheld]
    assert [each.status for each in answers] == [201, 201, 200, 200, 200]
    assert all(each.json["id"] == ID and each.headers["Banstream-Position"] for each in answers)
    reply, note, assign, reduce, uphold = infractions.carried_out
    assert (reply.side, reply.internal, note.internal, assign.assignee) == ("staff", False, True, "Bob")
    assert [unseal(MASTER_KEY, each.sealed_text) for each in (reply, note)] == ["which day?", "aim assist"]
    assert (reduce.duration_seconds, reduce.punishments, uphold.text) == (60, ("ban",), "seen on video")
    assert (reduced.json["status"], upheld.json["status"]) == ("reduced", "upheld")


async def test_a_code_is_shown_and_renewed(gateway: Running, infractions: Infractions) -> None:
    player = {"service": "roblox", "id": 156}
    made = await gateway.call("POST", "/v1/infractions", {"player": player, "punishments": ["ban"], "reason": "x"})
    path = f"/v1/infractions/{made.json['id']}/appeal-code"
    shown = await gateway.call("GET", path)
    assert (shown.status, shown.json) == (200, {"infraction_id": made.json["id"], "code": "7Q2MX-K9D0T"})
    assert (await gateway.call("POST", path)).status == 200
    assert infractions.carried_out[-1].type == "renew_appeal_code"
    for path in (CODE, "/v1/infractions/x/appeal-code"):
        missing = await gateway.call("GET", path)
        assert (missing.status, missing.json["type"]) == (404, "urn:banstream:problem:unknown-infraction")


async def test_whoever_issued_may_be_refused(gateway: Running, infractions: Infractions) -> None:
    infractions.refuses = Refusal(code="own-infraction", message="not your own")
    refused = await gateway.call("POST", f"{ONE}/decision", {"verdict": "upheld", "text": "x"})
    assert (refused.status, refused.json["detail"]) == (403, "not your own")


WRONG: list[tuple[str, Any]] = [
    (f"{ONE}/answers", {}),
    (f"{ONE}/answers", {"text": ""}),
    (f"{ONE}/answers", {"text": "a\nb"}),
    (f"{ONE}/answers", {"text": "x" * 2001}),
    (f"{ONE}/answers", {"text": "x", "internal": "perhaps"}),
    (f"{ONE}/answers", {"text": "x", "side": "player"}),
    (f"{ONE}/assignee", {}),
    (f"{ONE}/decision", {"verdict": "upheld"}),
    (f"{ONE}/decision", {"verdict": "perhaps", "text": "x"}),
    (f"{ONE}/decision", {"verdict": "reduced", "text": "x"}),
    (f"{ONE}/decision", {"verdict": "reduced", "text": "x", "duration_seconds": 0}),
    (f"{ONE}/decision", {"verdict": "overturned", "text": "x", "scope": "server"}),
    (f"{ONE}/decision", {"verdict": "upheld", "text": "a\u2028b"}),
]


async def test_wrong_values_are_422(gateway: Running, infractions: Infractions) -> None:
    for path, body in WRONG:
        assert (await gateway.call("POST", path, body)).status == 422, body
    assert infractions.carried_out == []


async def test_another_scope_is_not_enough(gateway: Running, infractions: Infractions) -> None:
    await infractions.admit("reporter", "report")
    await infractions.admit("moderator", "punish")
    await infractions.admit("server", "report", "punish", "admin", kind="server")
    await until(lambda: gateway.gateway.credentials.find("server"))
    for limited, path, body in (
        ("reporter", f"{ONE}/answers", {"text": "x"}),
        ("reporter", f"{ONE}/assignee", {"assignee": "Bob"}),
        ("moderator", f"{ONE}/decision", {"verdict": "upheld", "text": "x"}),
        ("reporter", CODE, None),
    ):
        refused = [await gateway.call("POST", path, body, secret=each) for each in (limited, "server", "nobody")]
        assert [each.status for each in refused] == [403, 403, 401], path
    assert infractions.carried_out == []


async def test_a_banned_player_is_told_where_to_appeal(start: Start, infractions: Infractions) -> None:
    await infractions.admit("all", "check")
    gateway = await start(**SETTINGS, appeal_hint=HINT)
    await until(gateway.is_ready)
    await infractions.restrict("roblox=156", restriction())
    await infractions.restrict("roblox=157", restriction("voice_block"))
    await infractions.restrict("roblox=158", restriction(appeal_code_renewals=2))
    position = {"Banstream-Position": str(infractions.position)}
    checked = await gateway.call("GET", "/v1/players/roblox/156/restrictions", headers=position)
    assert checked.json["restrictions"]["ban"]["appeal"] == INVITATION
    assert "appeal" not in checked.json["restrictions"]["voice_block"]
    players = [{"service": "roblox", "id": player_id} for player_id in (156, 157, 158, 159)]
    many = await gateway.call("POST", "/v1/check", {"players": players}, headers=position)
    told = [each["restrictions"].get("ban", {}).get("appeal", {}).get("code") for each in many.json["results"]]
    assert told == [INVITATION["code"], None, appeal_code(KEY, BAN, 2), None]
    assert "appeal" not in many.json["results"][1]["restrictions"]["voice_block"]
    await until(lambda: gateway.gateway.push.is_loaded)
    lines = await gateway.call("GET", "/v1/feed/snapshot", secret="all")
    assert INVITATION["code"] in lines.body.decode()


async def test_nothing_is_told_where_nothing_is_set(gateway: Running, infractions: Infractions) -> None:
    await infractions.restrict("roblox=156", restriction())
    position = {"Banstream-Position": str(infractions.position)}
    checked = await gateway.call("GET", "/v1/players/roblox/156/restrictions", headers=position)
    assert checked.json["restrictions"]["ban"] == {"infraction_id": BAN, "reason": "aimbot"}


@pytest.mark.parametrize("reason", ["aimbot", "x" * 280, "x" * 279])
def test_a_hint_never_makes_a_reason_longer_than_clients_show(reason: str) -> None:
    shown = hinted(held(reason=reason), AppealInvitations(CONSOLE, KEY, HINT))
    assert len(shown) <= 280
    assert shown == reason or shown.endswith(INVITATION["code"])
    assert hinted(held(reason=reason), AppealInvitations(CONSOLE, KEY)) == reason
    assert hinted(held("voice_block", reason=reason), AppealInvitations(CONSOLE, KEY, HINT)) == reason


def test_older_protocols_put_the_hint_behind_the_reason() -> None:
    told = check_reply(
        {"ban": held(), "voice_block": held("voice_block")},
        Credentials(),
        datetime.now(UTC),
        AppealInvitations(CONSOLE, KEY, HINT),
    )
    assert told["ban"]["reason"] == f"aimbot Appeal: {INVITATION['url']} code {INVITATION['code']}"
    assert told["voice_block"]["reason"] == "aimbot"


def test_only_bans_come_with_an_invitation() -> None:
    invitations = AppealInvitations(CONSOLE, KEY)
    assert invited(held("ban", "voice_block"), invitations) == INVITATION
    assert invited(held("voice_block"), invitations) is None
    assert invited(held(), None) is None


@pytest.mark.parametrize(
    "hint", ["appeal", "{url}", "{code}", "{url} {code} {name}", "{url} {code}\n", "{url", "{url.x} {code}", "{0}"]
)
def test_a_hint_says_where_and_with_what_on_one_line(hint: str) -> None:
    with pytest.raises(ValueError, match="BANSTREAM_APPEAL_HINT"):
        check_hint(hint)
    with pytest.raises(ValidationError, match="BANSTREAM_APPEAL_HINT"):
        Settings(sealing_public_key="00" * 32, address_key="00" * 32, appeal_hint=hint)
