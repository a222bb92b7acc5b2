"""Ban files of game servers: make, list, change, stop, try, sync, and what became of infractions in them."""

from aiohttp import web

from banstream_contracts import subjects
from banstream_contracts.commands.ban_files import (
    BanFileCommand,
    ChangeBanFile,
    CreateBanFile,
    PauseBanFile,
    RemoveBanFile,
    ResumeBanFile,
    SyncBanFile,
)
from banstream_contracts.queries.ban_files import (
    BanFileFound,
    BanFilePage,
    BanFileTested,
    GetBanFile,
    ListBanFiles,
    ListReceipts,
    ReceiptPage,
    ReceiptStatus,
    TestBanFile,
)
from banstream_gateway.answers import accepted_answer, json_answer
from banstream_gateway.commands import build
from banstream_gateway.endpoints import Call
from banstream_gateway.native.ban_file_answers import ban_file_json, ban_file_progress_json, found_ban_file_json
from banstream_gateway.native.ban_file_requests import (
    BanFileChangeRequest,
    BanFileReasonRequest,
    BanFileRequest,
    BanFileSyncRequest,
    ReceiptQuery,
)
from banstream_gateway.problems import Unavailable, UnknownBanFile, UnreadableBanFile
from banstream_gateway.requests import PageQuery
from banstream_privacy.transit import seal
from banstream_runtime.identifiers import new_short_id

_TEST_SECONDS = 60.0
_UNREADABLE = (
    "A later release wrote it, or it is damaged. Run that release of ftp-sync and the gateway; of a damaged one,"
    " `banstream rebuild` of ftp-sync. The file is left as it is until then."
)


async def create(call: Call) -> web.Response:
    """Keep a file in step with the bans."""
    body: BanFileRequest = call.body
    command = build(
        call,
        CreateBanFile,
        ban_file_id=new_short_id(),
        name=body.name,
        format=body.format,
        place=body.place,
        sealed_secret=_sealed(call, body.secret),
        filters=body.filters,
        policy=body.policy,
        paused=body.paused,
    )
    result = await call.gateway.intake.submit(command)
    if result is None or result.ban_file is None:
        return accepted_answer(command.command_id, {"id": command.ban_file_id})
    return json_answer({**ban_file_json(result.ban_file), "position": result.position}, 201)


async def search(call: Call) -> web.Response:
    """A page of ban files."""
    query: PageQuery = call.query
    page = await call.gateway.queries.ask(
        subjects.QUERY_BAN_FILES, ListBanFiles(cursor=query.cursor, limit=query.limit), BanFilePage
    )
    items = [found_ban_file_json(each) for each in page.items]
    return json_answer({"items": items, "next": page.next, "unreadable": page.unreadable})


async def find(call: Call) -> web.Response:
    """One ban file and how it stands. Raises UnreadableBanFile."""
    found = await _found(call)
    if found.unreadable is not None:
        raise UnreadableBanFile(
            f"{found.unreadable}. {_UNREADABLE}",
            members={"id": _ban_file_id(call), "progress": ban_file_progress_json(found)},
        )
    return json_answer(found_ban_file_json(found))


async def change(call: Call) -> web.Response:
    """Change what is named."""
    body: BanFileChangeRequest = call.body
    command = build(
        call,
        ChangeBanFile,
        ban_file_id=_ban_file_id(call),
        name=body.name,
        place=body.place,
        sealed_secret=_sealed(call, body.secret),
        filters=body.filters,
        policy=body.policy,
    )
    return await _carry_out(call, command)


async def pause(call: Call) -> web.Response:
    """Leave the file as it is."""
    body: BanFileReasonRequest = call.body
    return await _carry_out(call, build(call, PauseBanFile, ban_file_id=_ban_file_id(call), reason=body.reason))


async def resume(call: Call) -> web.Response:
    """Bring a paused file up to date."""
    return await _carry_out(call, build(call, ResumeBanFile, ban_file_id=_ban_file_id(call)))


async def sync(call: Call) -> web.Response:
    """Look at the file now."""
    body: BanFileSyncRequest = call.body
    command = build(call, SyncBanFile, ban_file_id=_ban_file_id(call), accepts_loss=body.accepts_loss)
    return await _carry_out(call, command)


async def remove(call: Call) -> web.Response:
    """Keep the file in step no more."""
    command = build(call, RemoveBanFile, ban_file_id=_ban_file_id(call))
    result = await call.gateway.intake.submit(command)
    if result is None:
        return accepted_answer(command.command_id, {})
    return json_answer({"id": command.ban_file_id, "status": "removed", "position": result.position})


async def try_out(call: Call) -> web.Response:
    """What an attempt would do; nothing is written."""
    question = TestBanFile(ban_file_id=_ban_file_id(call))
    told = await call.gateway.queries.ask(
        subjects.QUERY_BAN_FILE_TEST, question, BanFileTested, timeout_seconds=_TEST_SECONDS
    )
    if not told.is_known:
        raise UnknownBanFile
    return json_answer(told.model_dump(mode="json", exclude={"is_known"}, exclude_none=True))


async def receipts(call: Call) -> web.Response:
    """A page of what became of infractions in a file; of one that was removed as well, where there is something."""
    query: ReceiptQuery = call.query
    question = ListReceipts(
        ban_file_id=_ban_file_id(call),
        status=ReceiptStatus(query.status) if query.status else None,
        infraction_id=query.infraction_id,
        cursor=query.cursor,
        limit=query.limit,
    )
    page = await call.gateway.queries.ask(subjects.QUERY_BAN_FILE_RECEIPTS, question, ReceiptPage)
    if not page.items:
        await _found(call)
    items = [each.model_dump(mode="json", exclude_none=True) for each in page.items]
    return json_answer({"items": items, "next": page.next})


async def _found(call: Call) -> BanFileFound:
    """The ban file that the path names, or why it cannot be read. Raises UnknownBanFile."""
    question = GetBanFile(ban_file_id=_ban_file_id(call))
    found = await call.gateway.queries.ask(subjects.QUERY_BAN_FILE, question, BanFileFound)
    if found.ban_file is None and found.unreadable is None:
        raise UnknownBanFile
    return found


async def _carry_out(call: Call, command: BanFileCommand) -> web.Response:
    result = await call.gateway.intake.submit(command)
    if result is None or result.ban_file is None:
        return accepted_answer(command.command_id, {})
    return json_answer({**ban_file_json(result.ban_file), "position": result.position})


def _sealed(call: Call, secret: str | None) -> str | None:
    """Only ftp-sync opens it. Raises Unavailable where this gateway was not told its key."""
    if secret is None:
        return None
    key = call.gateway.ftp_sync_key
    if key is None:
        raise Unavailable("This gateway has no BANSTREAM_FTP_SYNC_SEALING_PUBLIC_KEY: secrets cannot be sealed.")
    return seal(key, secret)


def _ban_file_id(call: Call) -> str:
    ban_file_id = call.short_id("ban_file_id")
    if ban_file_id is None:
        raise UnknownBanFile
    return ban_file_id
