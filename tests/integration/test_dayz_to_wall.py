"""From lines of an admin log on an FTP server to a ban in force, a line in ban.txt, an embed and the wall, and back."""

import base64
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from banstream_remote_files.testing.ftp_server import PASSWORD, USER, ftp_server
from banstream_testing.browser import Page, browser_page
from banstream_testing.dayz_feed import file_name, header
from banstream_testing.discord import DiscordStandIn, discord_stand_in
from banstream_testing.servers import PostgresServer
from banstream_testing.steps import Answer, banstream, call
from banstream_testing.system import System, running_system
from banstream_testing.waiting import eventually

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]
LOGS = "dayzxb/config"
STRANGER = f"{'F' * 40} // by hand, long ago\n"
RULES = {"build_rate": {"mode": "act"}, "territory": {"enabled": False}}
KITS = 11
"""One more than the rule's own limit in a minute."""


@dataclass(slots=True)
class Cheater:
    """Who is caught, and when the first thing was placed, on the log's clock; `written_at` is when the log was."""

    name: str
    id: str
    began: datetime
    written_at: datetime

    @property
    def ban_lines(self) -> set[str]:
        """As the seed writes it: id, name, reason, date, mark; midnight may be between the log and the ban."""
        said = f"{self.id} // {self.name} - {KITS} placements within 60 s"
        return {f"{said} - {each:%Y-%m-%d} [AUTO-BAN]" for each in (self.written_at, datetime.now(UTC))}


@dataclass(slots=True)
class Game:
    """A game server at a host: its files by FTP, and everybody who is to hear of it."""

    system: System
    host: Path
    discord: DiscordStandIn
    _starts: Any = field(default_factory=count)

    @property
    def ban_txt(self) -> str:
        """What the game would read."""
        return (self.host / LOGS / "ban.txt").read_text()

    @property
    def wall(self) -> str:
        """Where the console listens."""
        assert self.system.console
        return self.system.console.url

    def catch(self) -> Cheater:
        """The server starts anew and writes a log in which somebody builds far too fast."""
        number, now = next(self._starts), datetime.now(UTC)
        started = (now - timedelta(minutes=25 - 3 * number)).replace(tzinfo=None, microsecond=0)
        cheater = Cheater(f"Builder{number}", f"{0xABCDEF + number:040X}", started + timedelta(seconds=30), now)
        (self.host / LOGS / file_name(started)).write_bytes(header(started) + "".join(_lines(cheater)).encode())
        return cheater

    async def bans(self) -> list[Any]:
        """Those on the wall, by its API."""
        async with self.system.http.get(f"{self.wall}/api/bans") as answer:
            assert answer.status == 200
            return list((await answer.json())["items"])

    async def is_on_the_wall(self, cheater: Cheater) -> bool:
        """By the API and on the page."""
        async with self.system.http.get(f"{self.wall}/hall-of-shame") as answer:
            page = await answer.text()
        told = [each["name"] == cheater.name for each in await self.bans()]
        return any(told) and f"<bdi>{cheater.name}</bdi>" in page

    async def is_in_no_place(self, cheater: Cheater) -> bool:
        """Neither on the wall nor in ban.txt."""
        async with self.system.http.get(f"{self.wall}/hall-of-shame") as answer:
            page = await answer.text()
        told = [each["name"] for each in await self.bans()]
        return cheater.name not in page and cheater.name not in told and cheater.id not in self.ban_txt

    def message(self, cheater: Cheater) -> dict[str, Any] | None:
        """The embed about somebody's ban as it is in the channel now."""
        embeds = [embed for message in self.discord.messages.values() for embed in message]
        return next((each for each in embeds if cheater.id in json.dumps(each)), None)

    async def told_everywhere(self, cheater: Cheater) -> dict[str, Any]:
        """Wait until the ban is in all four places; the embed."""

        async def everywhere() -> dict[str, Any] | None:
            is_written = not cheater.ban_lines.isdisjoint(self.ban_txt.splitlines())
            return self.message(cheater) if is_written and await self.is_on_the_wall(cheater) else None

        return await eventually(everywhere)


def _lines(cheater: Cheater) -> list[str]:
    """With somebody innocent beside the cheater: a builder who takes their time, and a player list."""
    innocent = f'Player "Старый Мельник" (id={"7" * 40} pos=<4117.1, 10504.5, 238.1>)'
    who, times = f'Player "{cheater.name}" (id={cheater.id}', [cheater.began + timedelta(seconds=n) for n in range(60)]
    at = [f"{each:%H:%M:%S} | " for each in times]
    return [
        f"{at[0]}{who}) is connecting\n",
        f"{at[0]}{who} pos=<1234.5, 5678, 12.3>) is connected\n",
        f"{at[1]}{innocent} placed Fence Kit<FenceKit>\n",
        f"{at[1]}##### PlayerList log: 2 players\n{at[1]}{innocent}\n",
        f"{at[1]}{who} pos=<1234.5, 5678, 12.3>)\n{at[1]}#####\n",
        *(f"{at[2 + n]}{who} pos=<{1234 + n}.5, 5678, 12.3>) placed Fence Kit<FenceKit>\n" for n in range(KITS)),
        f"{at[40]}{innocent}Built base on Fence with Farming Hoe\n",
        f"{at[59]}{innocent} placed Fence Kit<FenceKit>\n",
    ]


async def administer(system: System, method: str, path: str, body: object = None) -> Any:
    """As an administrator; what was made."""
    answer = await call(system, method, path, body, token=system.admin_token)
    assert answer.status in {200, 201}, answer
    return answer.body


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def game(tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer) -> AsyncIterator[Game]:
    host = tmp_path_factory.mktemp("host")
    (host / LOGS).mkdir(parents=True)
    (host / LOGS / "ban.txt").write_text(STRANGER)
    running = running_system(ftp_sync=True, dayz_feed=True, console=True, postgres=postgres)
    with ftp_server(host) as ftp:
        async with discord_stand_in() as discord, running as system:
            login = {"kind": "ftp", "host": "127.0.0.1", "port": ftp.port, "user": USER}
            hook = {"name": "Bans", "kind": "discord", "url": discord.webhook(), "language": "pt-BR"}
            shown = {"display": {"footer": "Sistema Anti-Cheat"}, "filters": {"events": ["infraction.*"]}}
            await administer(system, "POST", "/v1/targets", {**hook, **shown})
            place = {**login, "path": f"/{LOGS}/ban.txt"}
            kept = {"name": "ban.txt", "format": "dayz", "place": place, "password": PASSWORD}
            await administer(system, "POST", "/v1/ban-files", kept)
            source = {"name": "Chernarus", "server_id": system.server_id, "time_zone": "UTC", "poll_seconds": 1}
            followed = {"login": {**login, "folder": f"/{LOGS}"}, "secret": PASSWORD, "rules": RULES}
            await administer(system, "POST", "/v1/log-sources", {**source, **followed})
            yield Game(system, host, discord)


async def restrictions(game: Game, cheater: Cheater) -> Answer:
    """What a game server that asks is told."""
    return await call(game.system, "GET", f"/v1/players/dayz/{cheater.id}/restrictions")


async def test_lines_of_a_log_end_as_a_ban_in_the_file_at_discord_and_on_the_wall(game: Game) -> None:
    cheater = game.catch()
    embed = await game.told_everywhere(cheater)
    history = await administer(game.system, "GET", f"/v1/players/dayz/{cheater.id}/abuse")
    (incident,) = history["records"]
    assert incident["reason"] == "lag_machine", incident
    assert incident["details"]["measured"] == KITS

    async def banned() -> Any:
        return (await restrictions(game, cheater)).body["restrictions"]

    assert list(await eventually(banned)) == ["ban"]
    assert game.ban_txt.startswith(STRANGER)
    assert "7" * 40 not in game.ban_txt, "somebody innocent is banned"
    (on_wall,) = [each for each in await game.bans() if each["name"] == cheater.name]
    assert (on_wall["category"], on_wall["severity"], on_wall["permanent"]) == ("lag_machine", "critical", True)
    assert cheater.id not in json.dumps(on_wall)
    assert_is_the_seeds(embed, cheater)


def assert_is_the_seeds(embed: dict[str, Any], cheater: Cheater) -> None:
    """The fields of seed 3, step 4, in its order and language; others may stand between."""
    assert (embed["title"], embed["color"]) == ("🔨 BANIMENTO AUTOMÁTICO", 0xFF0000)
    fields = {each["name"]: each["value"] for each in embed["fields"]}
    seeds = ["👤 Jogador", "🆔 ID", "⚠️ Severidade", "🚨 Infração", "📋 Motivo", "🔍 Evidência"]
    assert [name for name in fields if name in seeds] == seeds
    assert fields["👤 Jogador"] == cheater.name
    assert cheater.id in fields["🆔 ID"]
    assert fields["⚠️ Severidade"] == "CRÍTICA"
    assert fields["🚨 Infração"] == "`lag_machine`"
    assert fields["📋 Motivo"] == f"{KITS} placements within 60 s"
    evidence = "\n".join(each["value"] for each in embed["fields"] if each["name"].startswith("🔍"))
    told = [line for line in evidence.splitlines() if not line.startswith("```")]
    moments = (cheater.began + timedelta(seconds=2 + number) for number in range(KITS))
    assert told == [
        f"[{each:%Y-%m-%d %H:%M:%S}] {cheater.name} <{1234 + n}.5, 5678, 12.3> placed Fence Kit<FenceKit>"
        for n, each in enumerate(moments)
    ]
    assert re.fullmatch(r"ID da infração: [0-9a-f]{24} · Sistema Anti-Cheat", embed["footer"]["text"])


async def test_lifting_the_ban_takes_all_of_them_back(game: Game) -> None:
    cheater = game.catch()
    posted = await game.told_everywhere(cheater)
    before = len(game.discord.posted)
    lifted = await banstream(game.system, "lift", f"dayz:{cheater.id}", "--reason", "apelação aceita")
    assert lifted.code == 0, lifted.err
    assert (await restrictions(game, cheater)).body["restrictions"] == {}
    await eventually(lambda: game.is_in_no_place(cheater))

    async def changed() -> dict[str, Any] | None:
        now = game.message(cheater)
        return now if now and now["title"] == "✅ Banimento retirado" else None

    now = await eventually(changed)
    assert "apelação aceita" in json.dumps(now, ensure_ascii=False)
    assert now["footer"] == posted["footer"]
    assert len(game.discord.posted) == before, "a second message was posted"
    assert game.ban_txt.startswith(STRANGER)
    history = await administer(game.system, "GET", f"/v1/players/dayz/{cheater.id}/abuse")
    assert len(history["records"]) == 1, "what was seen stays known"


async def test_in_a_browser_the_ban_comes_and_goes_without_a_reload(game: Game, tmp_path: Path) -> None:
    async with browser_page() as page:
        await page.open(f"{game.wall}/hall-of-shame?lang=pt-BR")
        await page.until("document.querySelector('#live')?.dataset.state === 'on'")
        await page.value("window.never_reloaded = true")
        cheater = game.catch()
        await eventually(lambda: _names(page, cheater, there=True))
        picture = await page.call("Page.captureScreenshot", format="png")
        (tmp_path / "wall.png").write_bytes(base64.b64decode(picture["data"]))
        assert (tmp_path / "wall.png").read_bytes().startswith(b"\x89PNG")
        assert await page.value("document.documentElement.scrollWidth") <= 390
        assert "Lag machine" in await page.value("document.querySelector('.card.severity-critical').textContent")
        await game.told_everywhere(cheater)
        lifted = await banstream(game.system, "lift", f"dayz:{cheater.id}", "--reason", "engano")
        assert lifted.code == 0, lifted.err
        await eventually(lambda: _names(page, cheater, there=False))
        assert await page.value("window.never_reloaded")


async def _names(page: Page, cheater: Cheater, *, there: bool) -> bool:
    names = await page.value("[...document.querySelectorAll('.card .name')].map(each => each.textContent.trim())")
    return (cheater.name in names) is there
