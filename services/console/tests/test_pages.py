"""The wall as it is served, by a real infractions service over a real NATS with the console's own permissions."""

import csv
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from html.parser import HTMLParser
from io import StringIO

import pytest
import pytest_asyncio
from services.console.tests.conftest import Wall

from banstream_console.middleware import SECURITY_HEADERS
from banstream_contracts.infractions import Lifetime
from banstream_privacy.masking import MASK
from banstream_testing.console import Console, console
from banstream_testing.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page(wall: Wall) -> AsyncIterator[Console]:
    async with console(wall.nats, console_page_length=12, console_time_zone="America/Sao_Paulo") as made:
        yield made


class Outline(HTMLParser):
    """What assistive technology sees of a page, as far as a parser can tell."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.headings: list[int] = []
        self.labelled: set[str] = set()
        self.controls: list[str] = []
        self.ids: list[str] = []
        self.referred: list[str] = []
        self.styled = 0
        self.scripts = 0
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "label":
            self.labelled.add(known["for"] or "")
        if tag in {"input", "select"} and known.get("type") != "hidden":
            self.controls.append(known["id"] or "")
        if identity := known.get("id"):
            self.ids.append(identity)
        for name in ("aria-labelledby", "aria-describedby"):
            self.referred += (known.get(name) or "").split()
        self.styled += "style" in known or tag == "style" or any(name.startswith("on") for name in known)
        self.scripts += tag == "script" and "src" not in known


def cards(text: str) -> list[str]:
    return re.findall(r'<h3 class="name"><bdi>(.*?)</bdi>', text)


async def with_total(page: Console, total: int) -> str | None:
    """The page once an event has told the console that something has changed."""
    text = (await page.get("/hall-of-shame?lang=en")).text
    return text if f"{total} bans in force" in text else None


async def test_the_wall_shows_names_types_reasons_and_times_and_nothing_that_leads_to_people(
    page: Console, wall: Wall
) -> None:
    answer = await page.get("/hall-of-shame")
    assert (answer.status, len(cards(answer.text))) == (200, 12)
    assert cards(answer.text)[0] == "Cheater 00"
    assert "Aimbot" in answer.text
    assert "Toxic chat" in answer.text
    assert f"seen 0 times at {MASK}" in answer.text
    assert wall.banned[0].issued_at.isoformat() in answer.text
    for banned in wall.banned:
        assert banned.player
        assert banned.player.id not in answer.text
        assert banned.infraction_id not in answer.text
    assert "4512, 9981" not in answer.text


async def test_pages_are_linked_until_the_end_and_counts_are_over_all(page: Console) -> None:
    seen: list[str] = []
    path: str | None = "/hall-of-shame?lang=en"
    while path:
        text = (await page.get(path)).text
        assert re.search(r"30 bans in force", text)
        seen += cards(text)
        following = re.search(r'rel="next" href="([^"]+)"', text)
        path = following[1].replace("&amp;", "&").removesuffix("#bans") if following else None
        assert not path or "lang=en" in path
    assert seen == [f"Cheater {number:02}" for number in range(30)]


async def test_a_search_finds_and_says_how_many(page: Console) -> None:
    text = (await page.get("/hall-of-shame?search=CHEATER+07&lang=en")).text
    assert cards(text) == ["Cheater 07"]
    assert "1 ban found" in text
    text = (await page.get("/hall-of-shame?category=raid_exploit&severity=high&lang=en")).text
    assert len(cards(text)) == 10
    assert 'value="raid_exploit" selected' in text
    assert "Nobody fits" in (await page.get("/hall-of-shame?search=qqqzzz&lang=en")).text
    assert "Nobody fits" in (await page.get("/hall-of-shame?search=4512&lang=en")).text


@pytest.mark.parametrize(("language", "said"), [("en", "at least 3 letters"), ("es", "al menos 3 letras")])
async def test_a_search_that_is_too_short_says_so_in_the_language_of_who_searches(
    page: Console, language: str, said: str
) -> None:
    refused = await page.get(f"/hall-of-shame?search=jo&lang={language}")
    assert (refused.status, said in refused.text, 'class="detail"' in refused.text) == (400, True, False)
    assert "search takes at least 3" in (await page.get("/api/bans?search=jo")).text


async def test_text_of_others_is_escaped_cut_and_turned_around_by_nothing(page: Console, wall: Wall) -> None:
    name = "<script>alert(1)</script>\u202egnp.exe"
    banned = [
        await wall.ban(name, reason='"><img src=x onerror=alert(1)>' + "A" * 900),
        await wall.ban("Z" + "\u0336" * 100 + "\u200f"),
        await wall.ban("W" * 128, category="{{7*7}}".strip("{}").replace("*", "x")),
        await wall.ban(None),
    ]
    text = await eventually(partial(with_total, page, 34))
    for infraction_id in banned:
        await wall.lift(infraction_id)
    await eventually(partial(with_total, page, 30))
    assert "<script>alert" not in text
    assert "<img" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;gnp.exe" in text
    assert not set(text) & set("\u202e\u200f")
    assert "Z" + "\u0336" * 3 + "<" in text
    assert "W" * 47 + "…" in text
    assert "A" * 300 not in text
    assert "Unnamed player" in text


@pytest.mark.parametrize(
    "path", ["/hall-of-shame", "/hall-of-shame?search=qqqzzz", "/nothing", "/hall-of-shame?limit=x"]
)
async def test_a_page_is_a_document_that_everybody_can_use(page: Console, path: str) -> None:
    answer = await page.get(path, Accept_Language="pt-BR")
    assert 'lang="pt-BR"' in answer.text
    outline = Outline(answer.text)
    assert outline.headings[0] == 1
    assert outline.headings.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in zip(outline.headings, outline.headings[1:], strict=False))
    assert set(outline.controls) <= outline.labelled
    assert len(outline.ids) == len(set(outline.ids))
    assert set(outline.referred) <= set(outline.ids)
    assert (outline.styled, outline.scripts) == (0, 0)


async def test_charts_have_their_numbers_in_tables(page: Console) -> None:
    text = (await page.get("/hall-of-shame?lang=en")).text
    assert text.count('<svg class="chart"') == text.count("<table>") == text.count("<caption>") == 2
    assert re.search(r'<th scope="row">Raid exploit</th><td class="figure">10</td>', text)
    assert sum(int(bans) for bans in re.findall(r'<td class="figure">(\d+)</td>', text)) == 60


async def test_the_longest_type_leaves_room_for_its_number_in_the_chart(wall: Wall, page: Console) -> None:
    async def labels() -> list[str]:
        return re.findall(r'<text class="label"[^>]*>(Xx[^<]*)</text>', (await page.get("/hall-of-shame")).text)

    async def none() -> bool:
        return not await labels()

    infraction_id = await wall.ban("Long Type", category="x" * 64)
    (shown,) = await eventually(labels)
    await wall.lift(infraction_id)
    await eventually(none)
    assert len(shown) <= 34


@pytest.mark.parametrize(
    ("language", "heading"),
    [("pt-BR", "Muro da Vergonha"), ("en", "Hall of Shame"), ("es", "Muro de la vergüenza"), ("zh-CN", "耻辱墙")],
)
async def test_the_language_is_that_of_the_address_the_cookie_or_the_browser(
    page: Console, language: str, heading: str
) -> None:
    by_browser = await page.get("/hall-of-shame", Accept_Language=f"{language};q=0.7,xx")
    by_cookie = await page.get("/hall-of-shame", Accept_Language="de", Cookie=f"lang={language}")
    by_address = await page.get(f"/hall-of-shame?lang={language}", Cookie="lang=es")
    for answer in (by_browser, by_cookie, by_address):
        assert f'<h1 class="heading">{heading}</h1>' in answer.text
        assert answer.headers["Content-Language"] == language
    assert by_address.headers["Set-Cookie"].startswith(f"lang={language}; HttpOnly")
    assert "Set-Cookie" not in by_browser.headers


@pytest.mark.parametrize(
    "path",
    ["/hall-of-shame", "/api/bans", "/bans.csv", "/nothing", "/static/console.css", "/api/bans?limit=x", "/healthz"],
)
async def test_every_answer_has_its_security_headers(page: Console, path: str) -> None:
    answer = await page.get(path)
    assert {name: answer.headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert "unsafe" not in SECURITY_HEADERS["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/hall-of-shame?cursor=..", 400, "text/html"),
        ("/hall-of-shame?cursor=99999999999999999999-a", 400, "text/html"),
        ("/hall-of-shame?cursor=x-abc", 400, "text/html"),
        ("/hall-of-shame?page=2", 400, "text/html"),
        ("/api/bans?cursor=%00", 400, "application/problem+json"),
        ("/api/bans?limit=501", 400, "application/problem+json"),
        ("/api/statistics?days=0", 400, "application/problem+json"),
        ("/bans.csv?severity=deadly", 400, "application/problem+json"),
        ("/nothing", 404, "text/html"),
        ("/api/nothing", 404, "application/problem+json"),
        ("/static/../app.py", 404, "text/html"),
        ("/static/%2e%2e/app.py", 404, "text/html"),
    ],
)
async def test_what_means_nothing_is_answered_with_what_to_do(page: Console, path: str, status: int, kind: str) -> None:
    answer = await page.get(path)
    assert (answer.status, answer.headers["Content-Type"].split(";")[0]) == (status, kind)
    if "json" in kind:
        assert json.loads(answer.body)["detail"]
    else:
        assert 'href="/hall-of-shame"' in answer.text


async def test_pages_are_only_read(page: Console) -> None:
    async with page.http.post(f"{page.url}/hall-of-shame", data="x") as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "GET,HEAD")
    async with page.http.head(f"{page.url}/hall-of-shame") as answer:
        assert (answer.status, await answer.read()) == (200, b"")
    assert (await page.get("/")).headers["Location"] == "/hall-of-shame"


async def test_json_pages_and_is_not_sent_twice(page: Console) -> None:
    first = await page.get("/api/bans?limit=7&severity=critical")
    told = json.loads(first.body)
    assert told["items"][0] == {
        "name": "Cheater 00",
        "category": "aimbot",
        "severity": "critical",
        "reason": f"seen 0 times at {MASK}",
        "issued_at": told["items"][0]["issued_at"],
        "expires_at": None,
        "permanent": True,
    }
    assert (told["total"], told["total_is_exact"], len(told["items"])) == (10, True, 7)
    rest = json.loads((await page.get(f"/api/bans?severity=critical&cursor={told['next']}")).body)
    assert [each["name"] for each in rest["items"]] == ["Cheater 21", "Cheater 24", "Cheater 27"]
    assert rest["next"] is None
    again = await page.get("/api/bans?limit=7&severity=critical", If_None_Match=first.headers["ETag"])
    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    other = await page.get("/api/bans?limit=6&severity=critical", If_None_Match=first.headers["ETag"])
    assert other.status == 200


async def test_json_of_a_span_of_time(page: Console) -> None:
    now = datetime.now(UTC)
    since, until = (f"{now - timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}" for hours in (10.5, 5.5))
    told = json.loads((await page.get(f"/api/bans?since={since}&until={until}")).body)
    assert [each["name"] for each in told["items"]] == [f"Cheater {number:02}" for number in range(5, 10)]
    assert told["total"] == 5


async def test_statistics_count_every_ban(page: Console) -> None:
    told = json.loads((await page.get("/api/statistics?days=7")).body)
    assert (told["total"], told["time_zone"], len(told["by_day"])) == (30, "America/Sao_Paulo", 7)
    assert sum(each["bans"] for each in told["by_day"]) == 30
    assert sorted(each["category"] for each in told["by_type"]) == ["aimbot", "raid_exploit", "toxic_chat"]


@pytest.mark.parametrize("path", ["/bans.csv", "/api/bans.csv"])
async def test_csv_holds_all_rows_of_all_pages_and_no_formula(
    page: Console, wall: Wall, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("banstream_console.public.wall.answers._LARGEST_PAGE", 9)
    evil = await wall.ban("=HYPERLINK(1)", reason="@SUM(1+1)*cmd|' /C calc'!A0")
    answer = await page.get(path)
    await wall.lift(evil)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    header, *rows = csv.reader(StringIO(answer.body.decode("utf-8-sig"), newline=""))
    assert header == ["name", "category", "severity", "reason", "issued_at", "expires_at", "permanent"]
    assert rows[0][:4] == ["'=HYPERLINK(1)", "", "", "'@SUM(1+1)*cmd|' /C calc'!A0"]
    assert [row[0] for row in rows[1:]] == [f"Cheater {number:02}" for number in range(30)]
    monkeypatch.setattr("banstream_console.public.wall.answers._LARGEST_PAGE", 500)
    only_header = await page.get(f"{path}?search=qqqzzz")
    assert len(only_header.body.decode().splitlines()) == 1


async def test_an_operator_can_show_ids_and_places(wall: Wall) -> None:
    async with console(wall.nats, console_show_ids=True, console_show_coordinates=True) as made:
        text = (await made.get("/hall-of-shame?lang=en")).text
        assert "roblox:5000000" in text
        assert wall.banned[0].infraction_id in text
        assert "at (4512, 9981)" in text
        assert json.loads((await made.get("/api/bans")).body)["items"][0]["player"] == "roblox:5000000"
        assert (await made.get("/bans.csv")).text.splitlines()[0].endswith('"player","infraction_id"')


async def test_a_ban_that_ends_says_when_and_is_gone_then(page: Console, wall: Wall) -> None:
    ends = datetime.now(UTC) + timedelta(days=3)
    banned = await wall.ban("Soon Back", lifetime=Lifetime.TIMED, duration_seconds=3 * 86_400)
    told = json.loads((await page.get("/api/bans?search=soon+back")).body)
    await wall.lift(banned)
    await eventually(partial(with_total, page, 30))
    (item,) = told["items"]
    assert abs(datetime.fromisoformat(item["expires_at"]) - ends) < timedelta(minutes=1)
    assert item["permanent"] is False
    over = await wall.ban(
        "Long Over", lifetime=Lifetime.TIMED, duration_seconds=60, issued_at=datetime.now(UTC) - timedelta(minutes=2)
    )
    assert over
    assert json.loads((await page.get("/api/bans?search=long+over")).body)["total"] == 0


async def test_a_young_ban_is_hidden_everywhere_while_it_is_young(wall: Wall) -> None:
    async with console(wall.nats, console_delay_minutes=270) as made:
        told = json.loads((await made.get("/api/bans?limit=3")).body)
        assert [each["name"] for each in told["items"]] == ["Cheater 04", "Cheater 05", "Cheater 06"]
        assert told["total"] == 26
        assert json.loads((await made.get("/api/statistics")).body)["total"] == 26
        assert "Cheater 03" not in (await made.get("/bans.csv")).text
        page = (await made.get("/hall-of-shame?lang=en")).text
        assert "Cheater 03" not in page
        assert "26 bans in force" in page
        assert "appear after 270 minutes" in page


async def test_the_console_has_all_the_permissions_it_needs(page: Console, wall: Wall) -> None:
    await page.get("/bans.csv")
    assert not [line for line in wall.nats.violations() if "console" in line]
    assert (await page.get("/readyz")).status == 200
