"""Bans, players and evidence as staff work with them: a real infractions service behind the console."""

import re
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

import aiohttp
import pytest
import pytest_asyncio
from services.console.tests.conftest import Wall
from services.console.tests.desk import went_to
from yarl import URL

from banstream_contracts import subjects
from banstream_contracts.accounts import Role
from banstream_contracts.infractions import Infraction, Punishment
from banstream_contracts.queries.infractions import GetInfraction, InfractionFound
from banstream_contracts.sealed import SealedAddress
from banstream_privacy.addresses import address_hash
from banstream_privacy.transit import seal, sealing_public_key
from banstream_testing.console import Answer
from banstream_testing.infractions import ADDRESS_KEY, MASTER_KEY, issue
from banstream_testing.staff import Signer, Visitor, staff_console
from banstream_testing.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

PNG = b"\x89PNG\r\n\x1a\n" + b"a picture"
ADDRESS = "192.0.2.77"
HOSTILE = "<script>alert(1)</script>\u202e" + "W" * 60


@dataclass(frozen=True, slots=True)
class Desk:
    """A console in front of a running service."""

    wall: Wall
    signer: Signer

    async def infraction(self, infraction_id: str) -> Infraction:
        """As the service has it."""
        question = GetInfraction(infraction_id=infraction_id).model_dump_json().encode()
        reply = await self.wall.bus.client.request(subjects.QUERY_INFRACTION, question, timeout=10)
        found = InfractionFound.model_validate_json(reply.data).infraction
        assert found
        return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(wall: Wall) -> AsyncIterator[Desk]:
    keys = {"sealing_public_key": sealing_public_key(MASTER_KEY).hex()}
    async with staff_console(wall.nats, query_timeout_seconds=10, command_timeout_seconds=10, **keys) as (_, signer):
        yield Desk(wall, signer)


def form(**changes: str) -> dict[str, str]:
    filled = {
        "player": "roblox:4242",
        "player_name": "Somebody",
        "punishments": "ban",
        "lifetime": "timed",
        "lasts": "7d",
        "scope": "global",
        "reason": "seen flying",
    }
    return {**filled, **changes}


async def attach(visitor: Visitor, infraction_id: str, content: bytes, name: str = "x.png", **changes: str) -> Answer:
    parts = aiohttp.FormData(quote_fields=False)
    parts.add_field("file", content, filename=name, content_type="image/png")
    proof = changes.get("csrf", visitor.csrf)
    url = f"{visitor.console.url}/console/bans/{infraction_id}/evidence?csrf={proof}&once={secrets.token_hex(8)}"
    cookie = "; ".join(f"{key}={value}" for key, value in visitor.cookies.items())
    async with visitor.console.http.post(
        URL(url, encoded=True), data=parts, headers={"Cookie": cookie}, allow_redirects=False
    ) as answer:
        return Answer(answer.status, answer.headers, await answer.read())


async def issued(visitor: Visitor, **changes: str) -> str:
    answer = await visitor.post("/console/bans/new", step="confirm", **form(**changes))
    assert answer.status == 303, answer.text
    found = re.match(r"/console/bans/([0-9a-f]{24})\?said=done\.[0-9a-f]{32}$", answer.headers["Location"])
    assert found, answer.headers["Location"]
    return found[1]


async def test_bans_are_found_by_part_of_a_name_a_reason_an_id_and_what_they_are(desk: Desk) -> None:
    person = await desk.signer.sign_in(Role.VIEWER)
    one = desk.wall.banned[7]
    for query in ("search=Cheater+07", "search=seen+7+times", f"search={one.infraction_id}", "search=roblox:5000007"):
        text = (await person.get(f"/console/bans?{query}")).text
        assert "Cheater 07" in text
        assert "Cheater 08" not in text
    text = (await person.get("/console/bans?category=aimbot&state=in_force&severity=critical")).text
    assert "Cheater 00" in text
    assert "Cheater 01" not in text
    nothing = await person.get("/console/bans?search=nobody-has-this")
    assert (nothing.status, "Nothing found" in nothing.text) == (200, True)
    assert (await person.get("/console/bans?search=xy")).status == 422
    assert (await person.get("/console/bans?since=yesterday")).status == 422
    assert (await person.get("/console/bans?state=%00&cursor=1")).status == 422


async def test_names_of_players_are_text_and_nothing_else(desk: Desk) -> None:
    person = await desk.signer.sign_in(Role.VIEWER)
    infraction_id = await desk.wall.ban(HOSTILE, reason=HOSTILE)
    for path in ("/console/bans", f"/console/bans/{infraction_id}"):
        text = (await person.get(path)).text
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert" in text


async def test_a_ban_is_shown_before_it_is_issued_and_issued_once(desk: Desk) -> None:
    person = await desk.signer.sign_in(Role.MODERATOR)
    preview = await person.post("/console/bans/new", **form(player="roblox:777001"))
    assert preview.status == 200
    assert "Nothing has been done yet" in preview.text
    assert re.search(r"<dt>Ends</dt><dd><time [^>]*data-moment>", preview.text)
    assert "Nothing found" in (await person.get("/console/bans?search=roblox:777001")).text
    once = {"once": "the-same-form", "step": "confirm"}
    first = await person.post("/console/bans/new", **form(player="roblox:777001"), **once)
    again = await person.post("/console/bans/new", **form(player="roblox:777001"), **once)
    assert first.headers["Location"] == again.headers["Location"]
    infraction = await desk.infraction(first.headers["Location"][14:38])
    assert infraction.issuer.id == person.account.id
    assert (infraction.duration_seconds, infraction.punishments) == (7 * 86_400, (Punishment.BAN,))
    page = (await person.get("/console/players/roblox/777001")).text
    assert "Ban issued: seen flying" in page
    assert "Some Moderator" in page


@pytest.mark.parametrize(
    ("role", "changes", "status"),
    [
        (Role.VIEWER, {}, 403),
        (Role.MODERATOR, {"scope": "community"}, 422),
        (Role.REVIEWER, {"scope": "community"}, 303),
        (Role.MODERATOR, {"player": "nobody"}, 422),
        (Role.MODERATOR, {"lasts": "soon"}, 422),
        (Role.MODERATOR, {"lifetime": "online"}, 422),
        (Role.MODERATOR, {"reason": ""}, 422),
        (Role.MODERATOR, {"scope": "server"}, 422),
        (Role.MODERATOR, {"category": "Not A Category"}, 422),
    ],
    ids=[
        "viewer",
        "too wide",
        "wide enough",
        "no player",
        "no duration",
        "ban while connected",
        "no reason",
        "no server",
        "no category",
    ],
)
async def test_what_a_role_or_a_form_does_not_reach_is_not_issued(
    desk: Desk, role: Role, changes: dict[str, str], status: int
) -> None:
    person = await desk.signer.sign_in(role)
    answer = await person.post("/console/bans/new", step="confirm", **form(**changes))
    assert answer.status == status
    if status == 422:
        assert "seen flying" in answer.text or not changes.get("reason", "x")


async def test_only_who_may_edits_what_others_issued(desk: Desk) -> None:
    owner, other, reviewer = [
        await desk.signer.sign_in(role) for role in (Role.MODERATOR, Role.MODERATOR, Role.REVIEWER)
    ]
    path = f"/console/bans/{await issued(owner, player='roblox:777002')}"
    assert "/lift" not in (await other.get(path)).text
    for what in ("amend", "lift", "reinstate"):
        assert (await other.post(f"{path}/{what}", step="confirm", reason="mine now")).status == 403
    assert (await owner.post(f"{path}/lift", step="confirm", reason="")).status == 422
    assert "What will be" in (await owner.post(f"{path}/lift", reason="a mistake")).text
    assert (await desk.infraction(path[-24:])).status.value == "active"
    assert (await owner.post(f"{path}/lift", step="confirm", reason="a mistake")).status == 303
    assert (await desk.infraction(path[-24:])).ended_reason == "a mistake"
    assert (await reviewer.post(f"{path}/reinstate", step="confirm", reason="no mistake")).status == 303
    assert (await desk.infraction(path[-24:])).status.value == "active"


async def test_a_change_names_what_changes_and_sets_nothing_else(desk: Desk) -> None:
    person = await desk.signer.sign_in(Role.MODERATOR)
    infraction_id = await issued(person, player="roblox:777003", note="see the ticket")
    path = f"/console/bans/{infraction_id}/amend"
    fields = {**form(lasts="14d", note="see the ticket", reason="seen flying twice")}
    preview = (await person.post(path, **fields)).text
    assert "seen flying twice" in preview
    assert "see the ticket" not in preview.partition("<tbody>")[2].partition("</tbody>")[0]
    assert (await person.post(path, **form(note="see the ticket"))).status == 422
    assert (await person.post(path, step="confirm", **fields)).status == 303
    changed = await desk.infraction(infraction_id)
    assert (changed.duration_seconds, changed.reason, changed.note) == (
        14 * 86_400,
        "seen flying twice",
        "see the ticket",
    )


async def test_time_that_is_served_while_a_form_is_open_is_not_taken_back_by_it(desk: Desk) -> None:
    person = await desk.signer.sign_in(Role.MODERATOR)
    online = {"punishments": "chat_block", "lifetime": "online", "lasts": "1h"}
    infraction_id = await issued(person, player="roblox:777009", **online)
    path = f"/console/bans/{infraction_id}/amend"
    seen = re.search(r'name="seen" value="([^"]+)"', (await person.get(path)).text)
    assert seen
    await desk.wall.serve(infraction_id, 600)
    fields = {**form(**online, reason="shouts"), "seen": seen[1]}
    preview = (await person.post(path, **fields)).text
    assert "shouts" in preview
    assert (await person.post(path, **fields, step="confirm")).status == 303
    changed = await desk.infraction(infraction_id)
    assert (changed.reason, changed.time_left_seconds) == ("shouts", 3000)
    assert (await person.post(path, **{**fields, "seen": "", "lasts": "2h"}, step="confirm")).status == 303
    assert (await desk.infraction(infraction_id)).time_left_seconds == 7200


async def test_a_file_is_kept_by_its_content_and_served_so_that_nothing_in_it_runs(desk: Desk) -> None:
    person, viewer = await desk.signer.sign_in(Role.MODERATOR), await desk.signer.sign_in(Role.VIEWER)
    infraction_id = await issued(person, player="roblox:777004")
    assert (await attach(person, infraction_id, PNG, "<b>score</b>.html")).status == 303
    assert (await attach(person, infraction_id, PNG)).status == 303
    page = b"<html><script>alert(1)</script>"
    assert (await attach(person, infraction_id, page, "notes.html")).status == 303
    files = (await desk.infraction(infraction_id)).files or ()
    assert [(file.sha256, file.media_type) for file in files] == [
        (sha256(PNG).hexdigest(), "image/png"),
        (sha256(page).hexdigest(), "text/plain"),
    ]
    picture = await viewer.get(f"/console/evidence/{files[0].sha256}")
    assert (picture.body, picture.headers["Content-Type"]) == (PNG, "image/png")
    assert picture.headers["Content-Disposition"].startswith("inline")
    text = await viewer.get(f"/console/evidence/{files[1].sha256}")
    assert text.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert text.headers["Content-Disposition"].startswith("attachment")
    for answer in (picture, text):
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "private, no-store"
    shown = (await viewer.get(f"/console/bans/{infraction_id}")).text
    assert "&lt;b&gt;score" in shown
    assert (await viewer.console.get(f"/console/evidence/{files[0].sha256}")).status == 302
    assert (await viewer.get(f"/console/evidence/{'0' * 64}")).status == 404


@pytest.mark.parametrize(
    ("content", "changes", "status"),
    [
        (b"", {}, 422),
        (b"MZ\x90\x00\x03\x00", {}, 422),
        (b"\x89PNG\r\n\x1a\n" + bytes(512 * 1024), {}, 422),
        (b"\x89PNG\r\n\x1a\n" + bytes(512 * 1024 - 8), {}, 303),
        (PNG, {"csrf": "wrong"}, 403),
    ],
    ids=["empty", "a program", "too large", "as large as may be", "forged"],
)
async def test_files_that_are_not_taken_are_refused(
    desk: Desk, content: bytes, changes: dict[str, str], status: int
) -> None:
    person = await desk.signer.sign_in(Role.MODERATOR)
    infraction_id = await issued(person, player="roblox:777005")
    assert (await attach(person, infraction_id, content, **changes)).status == status


async def test_addresses_are_seen_by_who_may_and_told_apart_by_others(desk: Desk) -> None:
    sealed = SealedAddress(
        hash=address_hash(ADDRESS_KEY, ADDRESS), sealed=seal(sealing_public_key(MASTER_KEY), ADDRESS)
    )
    assert (await desk.wall.bus.send(issue("777006", address=sealed))).status == "applied"
    path = "/console/players/roblox/777006"
    reviewer, moderator = await desk.signer.sign_in(Role.REVIEWER), await desk.signer.sign_in(Role.MODERATOR)
    assert ADDRESS in (await reviewer.get(path)).text
    masked = (await moderator.get(path)).text
    assert ADDRESS not in masked
    assert sealed.hash[:8] in masked
    assert (await moderator.post("/console/bans/address", address=ADDRESS)).status == 403
    found = went_to(await reviewer.post("/console/bans/address", address=f"{ADDRESS}:27015"))
    assert (found.startswith("/console/bans/address?of="), ADDRESS in found) == (True, False)
    assert "roblox:777006" in (await reviewer.get(found)).text
    assert (await reviewer.post("/console/bans/address", address="nowhere")).status == 422


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "2 in Chinese"), ("es", "2 en chino"), ("pt-BR", "2 em chinês"), ("zh-CN", "中日韩文字 2 个")],
    ids=["en", "es", "pt-BR", "zh-CN"],
)
async def test_a_search_of_one_sign_is_told_how_many_are_enough_in_each_script(
    desk: Desk, language: str, said: str
) -> None:
    person = await desk.signer.sign_in(Role.VIEWER)
    short = await person.get(f"/console/bans?search=%E5%B0%81&lang={language}")
    assert (short.status, said in short.text) == (422, True)
    assert (await person.get(f"/console/bans?search=%E5%B0%81%E7%A6%81&lang={language}")).status == 200


async def test_a_player_of_whom_nothing_is_known_has_a_page_that_says_so(desk: Desk) -> None:
    person = await desk.signer.sign_in(Role.VIEWER)
    answer = await person.get("/console/players/steam/76561198000000042")
    assert "Nothing restricts this player" in answer.text
    assert (await person.get("/console/players/steam/nonsense")).status == 404
    opened = await person.get("/console/players")
    assert (opened.status, 'role="alert"' in opened.text) == (200, False)
    assert (await person.get("/console/players?player=")).status == 422
    for named in ("steam:STEAM_1:0:19867157", "STEAM_1:0:19867157"):
        led = await person.get(f"/console/players?player={named}")
        assert (led.status, led.headers["Location"]) == (302, "/console/players/steam/76561198000000042")


async def test_the_overview_shows_numbers_health_and_what_just_happened(desk: Desk) -> None:
    person = await desk.signer.sign_in(Role.VIEWER)
    await issued(await desk.signer.sign_in(Role.MODERATOR), player="roblox:777007", reason="a very fresh ban")

    async def told() -> bool:
        return "a very fresh ban" in (await person.get("/console")).text

    await eventually(told)
    text = (await person.get("/console")).text
    assert "Bans today" in text
    assert re.search(r"infractions</th><td[^>]*><span class=\"tag tag-good\"", text)
    assert re.search(r"notifier</th><td[^>]*><span class=\"tag tag-bad\"", text)


async def test_an_address_is_punished_changed_and_freed_by_who_may_see_addresses(desk: Desk) -> None:
    reviewer, moderator = await desk.signer.sign_in(Role.REVIEWER), await desk.signer.sign_in(Role.MODERATOR)
    assert 'name="address"' not in (await moderator.get("/console/bans/new")).text
    alone = form(player="", player_name="", address="[2001:DB8::77]:27015", lasts="3d")
    preview = await reviewer.post("/console/bans/new", step="look", **alone)
    assert (preview.status, "2001:db8::77</dd>" in preview.text) == (200, True)
    infraction_id = await issued(reviewer, **alone)
    infraction = await desk.infraction(infraction_id)
    assert infraction.player is None
    assert infraction.address_hash == address_hash(ADDRESS_KEY, "2001:db8::77")
    path = f"/console/bans/{infraction_id}"
    assert "2001:db8::77" in (await reviewer.get(path)).text
    masked = (await moderator.get(path)).text
    assert ("2001:db8::77" in masked, infraction.address_hash[:8] in masked) == (False, True)
    again = await reviewer.post("/console/bans/new", step="look", **alone)
    assert f'href="{path}"' in again.text, "what holds already is shown before it is confirmed"
    changes = form(reason="seen flying twice", lasts="9d")
    assert (await reviewer.post(f"{path}/amend", step="confirm", **changes)).status == 303
    assert (await desk.infraction(infraction_id)).reason == "seen flying twice"
    assert (await reviewer.post(f"{path}/lift", step="confirm", reason="a shared line")).status == 303
    assert not (await desk.infraction(infraction_id)).is_in_force(datetime.now(UTC))


async def test_a_player_is_punished_with_an_address(desk: Desk) -> None:
    reviewer = await desk.signer.sign_in(Role.REVIEWER)
    infraction = await desk.infraction(await issued(reviewer, player="roblox:777011", address="192.0.2.99"))
    assert (str(infraction.player), bool(infraction.address_hash)) == ("roblox:777011", True)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"address": "192.0.2.0/24"}, "is one address, no network"),
        ({"address": "nowhere"}, "is an IP address such as"),
        ({"address": "192.0.2.7\x07"}, "is an IP address such as"),
        ({"address": "", "player": ""}, "name a player, an address, or both"),
        ({"address": "192.0.2.7", "policy": "7" * 24, "server": "a" * 24}, "leave the address out"),
    ],
    ids=["network", "garbage", "control", "nobody", "policy"],
)
async def test_what_is_no_address_is_said_at_its_field(desk: Desk, changes: dict[str, str], said: str) -> None:
    reviewer = await desk.signer.sign_in(Role.REVIEWER)
    answer = await reviewer.post("/console/bans/new", step="confirm", **form(**changes))
    assert (answer.status, said in answer.text) == (422, True)


async def test_who_may_not_see_addresses_punishes_none(desk: Desk) -> None:
    moderator = await desk.signer.sign_in(Role.MODERATOR)
    answer = await moderator.post("/console/bans/new", step="confirm", **form(address="192.0.2.7"))
    assert answer.status == 403


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("es", "elige el servidor de juego"),
        ("pt-BR", "escolha o servidor de jogo"),
        ("zh-CN", "请选择适用的游戏服务器"),
    ],
)
async def test_what_is_wrong_is_said_in_the_language_of_who_reads(desk: Desk, language: str, said: str) -> None:
    person = await desk.signer.sign_in(Role.MODERATOR)
    answer = await person.post(f"/console/bans/new?lang={language}", step="look", **form(scope="server", server=""))
    assert (answer.status, answer.text.count(said)) == (422, 2), "above the form and at its field"
    assert "choose the game server" not in answer.text
