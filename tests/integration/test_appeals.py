"""From the code at the kick to the overturned ban: check, page, staff, ban file, Discord and wall."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from banstream_remote_files.testing.ftp_server import PASSWORD, USER, ftp_server
from banstream_testing.browser import Page, browser_page
from banstream_testing.discord import DiscordStandIn, discord_stand_in
from banstream_testing.servers import PostgresServer
from banstream_testing.steps import banstream, call
from banstream_testing.system import System, running_system
from banstream_testing.waiting import eventually

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]
PUBLIC = "https://bans.example.org"
PLAYER = "A" * 40
NAME = "Griefer"


@dataclass(slots=True)
class Game:
    """A game server whose ban file is at a host, a channel at Discord, and a console."""

    system: System
    ban_txt: Path
    discord: DiscordStandIn

    @property
    def console(self) -> str:
        """Where the pages are."""
        assert self.system.console
        return self.system.console.url

    def message(self) -> dict[str, Any] | None:
        """The embed about the ban as it is now."""
        embeds = [embed for message in self.discord.messages.values() for embed in message]
        return next((each for each in embeds if PLAYER in json.dumps(each) and "Appeal" not in each["title"]), None)

    def said(self) -> list[str]:
        """The titles of all messages."""
        return [embed["title"] for message in self.discord.messages.values() for embed in message]

    async def restrictions(self) -> Any:
        """What a game server that asks is told."""
        answer = await call(self.system, "GET", f"/v1/players/dayz/{PLAYER}/restrictions")
        assert answer.status == 200
        return answer.body["restrictions"]

    async def staff(self, method: str, path: str, body: object = None) -> Any:
        """As an administrator; what was made."""
        answer = await call(self.system, method, path, body, token=self.system.admin_token)
        assert answer.status in {200, 201}, answer
        return answer.body


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def game(tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer) -> AsyncIterator[Game]:
    host = tmp_path_factory.mktemp("host")
    (host / "ban.txt").write_text("")
    running = running_system(ftp_sync=True, console=True, settings={"BANSTREAM_CONSOLE_URL": PUBLIC}, postgres=postgres)
    with ftp_server(host) as ftp:
        async with discord_stand_in() as discord, running as system:
            made = Game(system, host / "ban.txt", discord)
            events = {"filters": {"events": ["infraction.*", "appeal.*"]}}
            hook = {"name": "Bans", "kind": "discord", "url": discord.webhook(), "language": "en", **events}
            await made.staff("POST", "/v1/targets", hook)
            place = {"kind": "ftp", "host": "127.0.0.1", "port": ftp.port, "user": USER, "path": "/ban.txt"}
            kept = {"name": "ban.txt", "format": "dayz", "place": place, "password": PASSWORD}
            await made.staff("POST", "/v1/ban-files", kept)
            yield made


async def test_an_overturned_ban_is_gone_everywhere(game: Game) -> None:
    player = {"service": "dayz", "id": PLAYER, "name": NAME}
    banned = await call(
        game.system, "POST", "/v1/infractions", {"player": player, "punishments": ["ban"], "reason": "aimbot"}
    )
    infraction_id = banned.body["id"]
    invitation = (await game.restrictions())["ban"]["appeal"]
    assert invitation["url"] == f"{PUBLIC}/appeal/{infraction_id}"

    async def is_everywhere() -> bool:
        return PLAYER in game.ban_txt.read_text() and game.message() is not None

    await eventually(is_everywhere)
    async with browser_page(scripts=True) as page:
        await page.open(f"{game.console}/appeal/{infraction_id}?lang=en")
        await _shows(page, "Type the two things")
        await _fill(page, code=invitation["code"])
        await _shows(page, "Open an appeal")
        await _fill(page, reason="false_positive", story="The replay shows lag")
        await _shows(page, "The appeal was sent")
        waiting = await banstream(game.system, "appeals", "list", "--json")
        (appeal,) = json.loads(waiting.out)["items"]
        assert (appeal["infraction_id"], appeal["reason"], appeal["status"]) == (
            infraction_id,
            "false_positive",
            "open",
        )
        await game.staff("POST", f"/v1/appeals/{appeal['id']}/answers", {"text": "Which server?"})
        await game.staff("POST", f"/v1/appeals/{appeal['id']}/answers", {"text": "looks true", "internal": True})
        await page.value("document.querySelector('.appeal-again').requestSubmit()")
        await _shows(page, "Which server?")
        await _fill(page, text="Chernarus, on Monday")
        await _shows(page, "Your answer was sent")
        decided = await banstream(game.system, "appeals", "overturn", appeal["id"], "--text", "it was lag")
        assert decided.code == 0, decided.err
        await page.value("document.querySelector('.appeal-again').requestSubmit()")
        await _shows(page, "it was lag")
        shown = await page.value("document.body.textContent")
        assert ("the ban was lifted" in shown, "looks true" in shown) == (True, False)
    await eventually(lambda: _is_free(game))

    async def is_nowhere() -> bool:
        message = game.message()
        return (
            PLAYER not in game.ban_txt.read_text()
            and message is not None
            and "it was lag" in json.dumps(message)
            and {"⚖️ Appeal opened", "⚖️ Appeal decided"} <= {*game.said()}
        )

    await eventually(is_nowhere)
    whole = json.dumps(game.discord.messages)
    assert not [each for each in ("The replay shows lag", "Chernarus, on Monday", invitation["code"]) if each in whole]
    said = await game.staff("GET", f"/v1/appeals/{appeal['id']}")
    texts = ["The replay shows lag", "Which server?", "looks true", "Chernarus, on Monday"]
    assert [each["text"] for each in said["answers"]] == texts
    told = await game.staff("GET", "/v1/appeals/statistics")
    assert (told["total"]["overturned"], told["by_moderator"][0]["overturned"]) == (1, 1)
    dump = "".join(path.read_text(errors="replace") for path in game.system.folder.glob("*.log"))
    assert dump, "the services wrote logs"
    assert not [each for each in (*texts, invitation["code"]) if each in dump], "a log tells what was said"


async def _is_free(game: Game) -> bool:
    return bool(await game.restrictions() == {})


async def _fill(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        await page.until(f"!!document.querySelector('#{name}')")
        await page.value(f"document.querySelector('#{name}').value = {value!r}")
    await page.value("document.querySelector('.appeal-form').requestSubmit()")


async def _shows(page: Page, text: str) -> None:
    """Wait for it on a page that is whole."""
    await page.until(f"document.readyState === 'complete' && document.body.textContent.includes({text!r})")
