"""Sources of logs on their pages: added, tried, changed, removed; faults at their fields, and no secret comes back."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from services.console.tests.desk import Desk, desk_on, post_several, said, went_to

from banstream_console.presentation.texts import LANGUAGES, Language, texts
from banstream_contracts import subjects
from banstream_contracts.accounts import Role
from banstream_contracts.log_sources import LogSource, LogSourceKind, LogSourceStatus
from banstream_contracts.queries.log_sources import ListLogSources, LogSourcePage
from banstream_remote_files.testing.ftp_server import PASSWORD, USER, ftp_server
from banstream_remote_files.testing.sftp_server import sftp_server
from banstream_testing.browser import browser_page
from banstream_testing.console import Answer
from banstream_testing.dayz_feed import dayz_feed, file_name, header, placed
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOURCES = "/console/log-sources"
NEW = f"{SOURCES}/new"
WRONG = "wrong horse battery"
SERVER = "0" * 24
RULES = '[build_rate]\nlimit = 2\nmode = "act"\n'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What local sources are below."""
    return tmp_path_factory.mktemp("logs")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(nats: NatsServer, postgres_url: str, folder: Path) -> AsyncIterator[Desk]:
    async with AsyncExitStack() as stack:
        made = await stack.enter_async_context(desk_on(nats, postgres_url))
        await stack.enter_async_context(dayz_feed(nats, made.dayz_feed_url, folder))

        async def answers() -> bool:
            return (await made.admin.get(SOURCES)).status == 200

        await eventually(answers)
        yield made


async def sources(desk: Desk) -> dict[str, LogSource]:
    """By name."""
    questions = desk.console.site.staff.questions
    page = await questions.ask(subjects.QUERY_LOG_SOURCES, ListLogSources(), LogSourcePage)
    return {each.source.name: each.source for each in page.items if each.source}


def local(**changed: str) -> dict[str, str]:
    form = {"name": "Local", "server_id": SERVER, "kind": "local", "folder": ".", "time_zone": "UTC"}
    return {**form, "poll_seconds": "1s", "look_back_seconds": "30m", "rules": RULES, **changed}


def marked(answer: Answer) -> set[str]:
    """Fields that say what is wrong with them."""
    return {part.split('"')[0] for part in answer.text.split('id="h-')[1:] if "<strong>" in part.split("</p>")[0]}


async def test_a_source_is_added_tried_changed_and_removed_and_its_secret_stays_hidden(
    desk: Desk, tmp_path: Path
) -> None:
    with ftp_server(tmp_path) as server:
        (tmp_path / file_name(datetime.now(UTC))).write_bytes(header(datetime.now(UTC)))
        form = local(name="Chernarus <1>", kind="ftp", host="127.0.0.1", port=str(server.port), user=USER, secret=WRONG)
        path = went_to(await desk.admin.post(NEW, **form)).partition("?")[0]
        made = (await sources(desk))["Chernarus <1>"]
        assert (path, made.login.kind, made.server_id) == (f"{SOURCES}/{made.id}", LogSourceKind.FTP, SERVER)
        assert (made.poll_seconds, made.look_back_seconds) == (1, 1800)
        assert made.rules == {"build_rate": {"limit": 2, "mode": "act"}}
        tried = await desk.admin.post(f"{path}/test")
        assert (tried.status, "did not take name and password" in tried.text) == (200, True)
        shown = await desk.admin.get(f"{path}/change")
        assert all(f'value="{each}"' in shown.text for each in (USER, "127.0.0.1", "1s", "30m", "UTC"))
        assert "&#34;limit&#34;: 2" in shown.text
        changed = {**form, "name": "Renamed", "secret": PASSWORD}
        assert went_to(await desk.admin.post(f"{path}/change", **changed)).startswith(path)
        assert "one log is there" in (await desk.admin.post(f"{path}/test")).text
        kept = {**changed, "secret": "", "name": "Renamed again", "rules": ""}
        assert "said=done" in went_to(await desk.admin.post(f"{path}/change", **kept))
        assert "said=unchanged" in went_to(await desk.admin.post(f"{path}/change", **kept))
        assert (await sources(desk))["Renamed again"].rules == {}
        assert "one log is there" in (await desk.admin.post(f"{path}/test")).text
        went_to(await desk.admin.post(f"{path}/pause"))
        assert (await sources(desk))["Renamed again"].status is LogSourceStatus.PAUSED
        went_to(await desk.admin.post(f"{path}/resume"))
        pages = [await desk.admin.get(each) for each in (SOURCES, path, f"{path}/change", f"{path}/remove")]
        told = b"".join(message.data for message in await desk.bus.events(1))
        for secret in (WRONG, PASSWORD):
            assert secret.encode() not in told
            assert secret not in "".join(each.text for each in (*pages, tried, shown))
        assert "What was found in it stays" in pages[-1].text
        assert went_to(await desk.admin.post(f"{path}/remove")).startswith(SOURCES)
        assert "Renamed again" not in await sources(desk)
        assert (await desk.admin.get(f"{path}/change")).status == 404


async def test_what_was_found_is_listed_with_whom_and_what_became_of_it(desk: Desk, folder: Path) -> None:
    path = went_to(await desk.admin.post(NEW, **local(name="Found"))).partition("?")[0]
    began = datetime.now(UTC) - timedelta(minutes=1)
    name = "<b>Survivor"
    (folder / file_name(began)).write_bytes(header(began) + placed(began, 3, name=name))

    async def is_found() -> bool:
        return "&lt;b&gt;Survivor" in (await desk.admin.get(path)).text

    await eventually(is_found)
    page = (await desk.admin.get(path)).text
    assert name not in page
    assert 'href="/console/players/dayz/' in page
    assert file_name(began) in page
    assert "Survivor" not in (await desk.admin.get(f"{path}?status=nobody")).text
    assert (await desk.admin.get(f"{path}?status=moon")).status == 422
    assert (await desk.admin.get(f"{path}?cursor=moon")).status == 422
    went_to(await desk.admin.post(f"{path}/remove"))


async def test_a_private_key_is_sealed_like_a_password_and_the_key_of_the_server_is_needed(
    desk: Desk, tmp_path: Path
) -> None:
    async with sftp_server(tmp_path) as server:
        form = local(name="By SFTP", kind="sftp", host="127.0.0.1", port=str(server.port), user=USER, secret=PASSWORD)
        answer = await desk.admin.post(NEW, **form)
        assert (answer.status, marked(answer)) == (422, {"fingerprint"})
        form["fingerprint"] = server.fingerprint
        both = await desk.admin.post(NEW, **form, private_key="k")
        assert (both.status, marked(both)) == (422, {"private_key"})
        path = went_to(await desk.admin.post(NEW, **form)).partition("?")[0]
        assert "there is no log in the folder" in (await desk.admin.post(f"{path}/test")).text
        assert (await sources(desk))["By SFTP"].login.fingerprint == server.fingerprint
        went_to(await desk.admin.post(f"{path}/remove"))


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"name": "", "server_id": "", "folder": ""}, {"name", "server_id", "folder"}),
        ({"kind": "sftp"}, {"host", "user", "fingerprint", "secret"}),
        ({"host": "example.net", "port": "21", "secret": WRONG}, {"host", "port", "secret"}),
        ({"kind": "ftp", "host": "ftp://h/x", "user": "u", "port": "99999", "secret": WRONG}, {"host", "port"}),
        ({"kind": "ftp", "host": "h", "user": "u", "secret": WRONG, "private_key": "k"}, {"private_key"}),
        ({"kind": "ftp", "host": "h", "user": "u", "secret": WRONG, "any_certificate": "on"}, {"any_certificate"}),
        ({"time_zone": "Moon/Base", "poll_seconds": "2h", "look_back_seconds": "soon"}, {"time_zone", "poll_seconds"}),
        ({"rules": "[build_rate"}, {"rules"}),
        ({"rules": "{"}, {"rules"}),
        ({"rules": "x = [", "time_zone": "Mars/Base"}, {"rules", "time_zone"}),
        ({"rules": "[build_rate]\nlimit = 2024-01-01"}, {"rules"}),
        ({"rules": "[moon]\n"}, {"rules"}),
        ({"kind": "moon"}, {"kind"}),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
async def test_everything_that_is_wrong_is_said_at_its_field_and_what_was_typed_stays_but_for_secrets(
    desk: Desk, changed: dict[str, str], wrong: set[str]
) -> None:
    answer = await desk.admin.post(NEW, **local(**changed))
    assert (answer.status in {409, 422}, marked(answer) - {"look_back_seconds"}) == (True, wrong)
    assert ("look_back_seconds" in marked(answer)) == ("look_back_seconds" in changed)
    assert WRONG not in answer.text
    kept = {name: text for name, text in changed.items() if name in {"host", "port", "time_zone", "poll_seconds"}}
    assert all(f'value="{text}"' in answer.text for text in kept.values())
    assert "Local" not in await sources(desk)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_only_the_feed_knows_is_said_at_the_field_in_every_language(desk: Desk, language: Language) -> None:
    answer = await desk.admin.post(f"{NEW}?lang={language}", **local(rules="[moon]\n"))
    assert (answer.status, marked(answer)) == (409, {"rules"})
    assert texts(language).say("wrong-log-rules", why="moon").split("moon")[0] in said(answer)


async def test_a_place_on_another_server_needs_its_secret_anew(desk: Desk) -> None:
    path = went_to(await desk.admin.post(NEW, **local(name="Moving"))).partition("?")[0]
    moved = local(name="Moving", kind="ftp", host="h.example", user="u")
    answer = await desk.admin.post(f"{path}/change", **moved)
    assert (answer.status, marked(answer)) == (409, {"secret"})
    went_to(await desk.admin.post(f"{path}/remove"))


async def test_the_game_server_is_chosen_by_its_name_and_a_form_sent_twice_is_one_source(desk: Desk) -> None:
    await desk.admin.post("/console/servers", name="EU <1>")
    page = await desk.admin.get(NEW)
    server_id = page.text.split(">EU &lt;1&gt;<")[0].rsplit('value="', 1)[1][:24]
    pairs = local(name="Once", server_id=server_id).items()
    first, again = [went_to(await post_several(desk.admin, NEW, *pairs, once="one form")) for _ in range(2)]
    path = first.partition("?")[0]
    assert path == again.partition("?")[0]
    assert f'value="{server_id}" selected' in (await desk.admin.get(f"{path}/change")).text
    assert "EU &lt;1&gt;" in (await desk.admin.get(path)).text
    went_to(await desk.admin.post(f"{path}/remove"))


@pytest.mark.parametrize("width", [390, 1280], ids=["phone", "desk"])
@pytest.mark.parametrize("language", LANGUAGES)
async def test_no_page_of_a_source_is_wider_than_the_screen(desk: Desk, language: Language, width: int) -> None:
    path = went_to(await desk.admin.post(NEW, **local(name="W" * 128, folder="f" * 400))).partition("?")[0]
    beyond = (
        f"(({{clientWidth, scrollWidth}}) => scrollWidth - Math.min(clientWidth, {width}))(document.documentElement)"
    )
    async with browser_page(width=width) as page:
        for name, value in desk.admin.cookies.items():
            await page.call("Network.setCookie", name=name, value=value, url=desk.console.url)
        for each in (SOURCES, NEW, path, f"{path}/change", f"{path}/remove"):
            await page.arrive(f"{desk.console.url}{each}?lang={language}")
            assert await page.value(beyond) == 0, each
    went_to(await desk.admin.post(f"{path}/remove"))


async def test_who_may_not_manage_servers_is_told_so(desk: Desk) -> None:
    reviewer = await desk.signer.sign_in(Role.REVIEWER)
    for path in (NEW, SOURCES):
        assert ((await reviewer.get(path)).status, (await reviewer.post(NEW)).status) == (403, 403)
    assert SOURCES not in (await reviewer.get("/console")).text
