"""Ban files on their pages: added, tried, changed, removed; faults stand at their fields, and no secret comes back."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from services.console.tests.desk import Desk, desk_on, post_several, said, went_to

from banstream_console.presentation.texts import LANGUAGES, Language, texts
from banstream_contracts import subjects
from banstream_contracts.accounts import Role
from banstream_contracts.ban_files import BanFile, BanFileKind, BanFileStatus
from banstream_contracts.queries.ban_files import BanFilePage, ListBanFiles
from banstream_remote_files.testing.ftp_server import PASSWORD, USER, ftp_server
from banstream_remote_files.testing.sftp_server import sftp_server
from banstream_testing.console import Answer
from banstream_testing.ftp_sync import dayz_ban, ftp_sync
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

FILES = "/console/ban-files"
NEW = f"{FILES}/new"
WRONG = "wrong horse battery"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(nats: NatsServer, postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    async with AsyncExitStack() as stack:
        made = await stack.enter_async_context(desk_on(nats, postgres_url))
        await stack.enter_async_context(ftp_sync(nats, made.ban_file_url, tmp_path_factory.getbasetemp()))

        async def answers() -> bool:
            return (await made.admin.get(FILES)).status == 200

        await eventually(answers)
        assert (await made.bus.send(dayz_ban(7))).status == "applied"
        yield made


async def files(desk: Desk) -> dict[str, BanFile]:
    """By name."""
    questions = desk.console.site.staff.questions
    page = await questions.ask(subjects.QUERY_BAN_FILES, ListBanFiles(), BanFilePage)
    return {each.ban_file.name: each.ban_file for each in page.items if each.ban_file}


def local(file: Path, **changed: str) -> dict[str, str]:
    """A form that fits."""
    return {"name": "Local", "format": "dayz", "kind": "local", "path": str(file), "may_create": "on", **changed}


def marked(answer: Answer) -> set[str]:
    """Fields that say what is wrong with them."""
    return {part.split('"')[0] for part in answer.text.split('id="h-')[1:] if "<strong>" in part.split("</p>")[0]}


async def test_a_file_is_added_tried_changed_and_removed_and_its_secret_stays_hidden(
    desk: Desk, tmp_path: Path
) -> None:
    with ftp_server(tmp_path) as server:
        form = {"name": "Chernarus <1>", "format": "dayz", "kind": "ftp", "host": "127.0.0.1", "port": str(server.port)}
        form |= {"user": USER, "path": "ban.txt", "secret": WRONG, "may_create": "on", "drift": "report"}
        path = went_to(await desk.admin.post(NEW, **form)).partition("?")[0]
        made = (await files(desk))["Chernarus <1>"]
        assert (path, made.place.kind, made.policy.may_create) == (f"{FILES}/{made.id}", BanFileKind.FTP, True)
        assert not made.policy.repairs_drift
        tried = await desk.admin.post(f"{path}/test")
        assert (tried.status, "did not take name and password" in tried.text) == (200, True)
        shown = await desk.admin.get(f"{path}/change")
        assert (f'value="{USER}"' in shown.text, 'value="127.0.0.1"' in shown.text) == (True, True)
        changed = {**form, "name": "Renamed", "secret": PASSWORD, "drift": "repair"}
        assert went_to(await desk.admin.post(f"{path}/change", **changed)).startswith(path)

        async def is_written() -> bool:
            return (tmp_path / "ban.txt").exists() and "Written" in (await desk.admin.get(path)).text

        await eventually(is_written)
        assert "the file says what it should" in (await desk.admin.post(f"{path}/test")).text
        kept = went_to(await desk.admin.post(f"{path}/change", **{**changed, "secret": "", "name": "Renamed again"}))
        assert "said=done" in kept
        assert "said=unchanged" in went_to(
            await desk.admin.post(f"{path}/change", **{**changed, "secret": "", "name": "Renamed again"})
        )
        assert "did not take" not in (await desk.admin.post(f"{path}/test")).text
        pages = [await desk.admin.get(each) for each in (FILES, path, f"{path}/change", f"{path}/remove")]
        told = b"".join(message.data for message in await desk.bus.events(1))
        for secret in (WRONG, PASSWORD):
            assert secret.encode() not in told
            assert secret not in "".join(each.text for each in (*pages, tried, shown))
        assert "stays there" in pages[-1].text
        assert went_to(await desk.admin.post(f"{path}/remove")).startswith(FILES)
        assert "Renamed again" not in await files(desk)
        assert (await desk.admin.get(f"{path}/change")).status == 404


async def test_a_file_that_is_made_paused_is_tried_and_written_only_when_it_is_resumed(
    desk: Desk, tmp_path: Path
) -> None:
    with ftp_server(tmp_path) as server:
        form = {"name": "Not yet", "format": "dayz", "kind": "ftp", "host": "127.0.0.1", "port": str(server.port)}
        form |= {"user": USER, "path": "ban.txt", "secret": PASSWORD, "may_create": "on", "paused": "on"}
        refused = await desk.admin.post(NEW, **{**form, "port": "99999"})
        assert 'name="paused" value="on" checked' in refused.text
        path = went_to(await desk.admin.post(NEW, **form)).partition("?")[0]
        assert (await files(desk))["Not yet"].status is BanFileStatus.PAUSED
        assert "An attempt would write the file" in (await desk.admin.post(f"{path}/test")).text
        assert 'name="paused"' not in (await desk.admin.get(f"{path}/change")).text
        assert not (tmp_path / "ban.txt").exists()
        went_to(await desk.admin.post(f"{path}/resume"))

        async def is_written() -> bool:
            return (tmp_path / "ban.txt").exists()

        await eventually(is_written)
        went_to(await desk.admin.post(f"{path}/remove"))


async def test_the_key_of_a_server_is_shown_by_a_trial_and_stays_known_in_a_change(desk: Desk, tmp_path: Path) -> None:
    async with sftp_server(tmp_path) as server:
        form = {"name": "By SFTP", "format": "dayz", "kind": "sftp", "host": "127.0.0.1", "port": str(server.port)}
        form |= {"user": USER, "path": "ban.txt", "secret": PASSWORD, "may_create": "on"}
        path = went_to(await desk.admin.post(NEW, **form)).partition("?")[0]

        async def is_known() -> bool:
            return server.fingerprint in (await desk.admin.get(path)).text

        await eventually(is_known)
        went_to(await desk.admin.post(f"{path}/change", **{**form, "secret": "", "name": "By SFTP still"}))
        assert (await files(desk))["By SFTP still"].place.fingerprint == server.fingerprint
        went_to(await desk.admin.post(f"{path}/remove"))


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"name": "", "format": "", "path": ""}, {"name", "format", "path"}),
        ({"kind": "sftp", "path": ""}, {"host", "user", "path", "secret"}),
        ({"host": "example.net", "port": "21", "secret": WRONG}, {"host", "port", "secret"}),
        ({"kind": "ftp", "host": "ftp://h/x", "user": "u", "port": "99999", "secret": WRONG}, {"host", "port"}),
        ({"kind": "ftp", "host": "h", "user": "u", "secret": WRONG, "private_key": "k"}, {"private_key"}),
        ({"kind": "ftp", "host": "h", "user": "u", "secret": WRONG, "any_certificate": "on"}, {"any_certificate"}),
        (
            {"kind": "sftp", "host": "h", "user": "u", "passphrase": WRONG, "fingerprint": "x"},
            {"private_key", "fingerprint"},
        ),
        ({"kind": "nitrado", "path": "", "service_id": "x"}, {"kind", "service_id", "secret"}),
        ({"path": "ban.txt"}, {"path"}),
        ({"path": "/nowhere/ban.txt"}, {"path"}),
        ({"servers": "nonsense", "scopes": "moon"}, {"servers", "scopes"}),
        ({"kind": "moon"}, {"kind"}),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
async def test_everything_that_is_wrong_is_said_at_its_field_and_what_was_typed_stays_but_for_secrets(
    desk: Desk, tmp_path: Path, changed: dict[str, str], wrong: set[str]
) -> None:
    answer = await desk.admin.post(NEW, **local(tmp_path / "ban.txt", **changed))
    assert (answer.status in {409, 422}, marked(answer)) == (True, wrong)
    assert WRONG not in answer.text
    assert all(f'value="{text}"' in answer.text for name, text in changed.items() if name in {"host", "port"})
    assert "Local" not in await files(desk)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_only_ftp_sync_knows_is_said_at_the_field_in_every_language(
    desk: Desk, tmp_path: Path, language: Language
) -> None:
    name = f"Taken {language}"
    went_to(await desk.admin.post(NEW, **local(tmp_path / "ban.txt", name=name)))
    again = await desk.admin.post(f"{NEW}?lang={language}", **local(tmp_path / "ban.txt", name="Again"))
    assert (again.status, marked(again)) == (409, {"path"})
    assert texts(language).say("wrong-file-same", name=name) in said(again)


async def test_a_place_on_another_server_needs_its_secret_anew(desk: Desk, tmp_path: Path) -> None:
    path = went_to(await desk.admin.post(NEW, **local(tmp_path / "ban.txt", name="Moving"))).partition("?")[0]
    moved = {"name": "Moving", "kind": "ftp", "host": "h.example", "user": "u", "path": "ban.txt"}
    answer = await desk.admin.post(f"{path}/change", **moved)
    assert (answer.status, marked(answer)) == (409, {"secret"})


async def test_servers_are_ticked_by_name_and_scopes_by_what_they_mean(desk: Desk, tmp_path: Path) -> None:
    await desk.admin.post("/console/servers", name="EU <1>")
    page = await desk.admin.get(NEW)
    server_id = page.text.split("EU &lt;1&gt;")[0].rsplit('value="', 1)[1][:24]
    pairs = [*local(tmp_path / "ban.txt", name="Filtered").items(), ("servers", server_id), ("servers", "0" * 24)]
    path = went_to(await post_several(desk.admin, NEW, *pairs, ("scopes", "server"), ("only_own", "on")))
    filters = (await files(desk))["Filtered"].filters
    assert (filters.servers, filters.include_other_servers) == ((server_id, "0" * 24), False)
    form = (await desk.admin.get(f"{path.partition('?')[0]}/change")).text
    assert all(f'value="{value}" checked' in form for value in (server_id, "0" * 24, "server", "on"))
    assert 'value="global" checked' not in form


async def test_a_form_sent_twice_is_one_file(desk: Desk, tmp_path: Path) -> None:
    pairs = local(tmp_path / "ban.txt", name="Once").items()
    first, again = [went_to(await post_several(desk.admin, NEW, *pairs, once="one form")) for _ in range(2)]
    assert first.partition("?")[0] == again.partition("?")[0]


async def test_lines_of_others_that_are_gone_are_accepted_after_being_asked(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "ban.txt"
    others = "".join(f"{number:043d}=\n" for number in range(900, 920))
    file.write_text(others)
    path = went_to(await desk.admin.post(NEW, **local(file, name="Lossy"))).partition("?")[0]

    async def shows(text: str) -> bool:
        return text in (await desk.admin.get(path)).text

    await eventually(lambda: shows("<dd>20</dd>"))
    file.write_text("".join(line for line in file.read_text().splitlines(keepends=True) if line not in others))
    went_to(await desk.admin.post(f"{path}/sync"))
    await eventually(lambda: shows(f"{path}/accept-loss"))
    assert "on purpose" in (await desk.admin.get(f"{path}/accept-loss")).text
    went_to(await desk.admin.post(f"{path}/accept-loss"))
    await eventually(lambda: shows("<dd>0</dd>"))


async def test_who_may_not_manage_servers_is_told_so(desk: Desk) -> None:
    reviewer = await desk.signer.sign_in(Role.REVIEWER)
    for path in (NEW, FILES):
        assert ((await reviewer.get(path)).status, (await reviewer.post(NEW)).status) == (403, 403)
    assert FILES not in (await reviewer.get("/console")).text
