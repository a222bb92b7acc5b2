"""The routes of ban files: administrators only."""

from collections.abc import Mapping

from pydantic import BaseModel

from banstream_gateway.answers import AcceptedAnswer, ProblemAnswer
from banstream_gateway.endpoints import ADMIN, Endpoint
from banstream_gateway.native import ban_files
from banstream_gateway.native.ban_file_answers import (
    BanFilePageAnswer,
    ChangedBanFileAnswer,
    FoundBanFileAnswer,
    ReceiptPageAnswer,
    RemovedBanFileAnswer,
    TestedBanFileAnswer,
    UnreadableBanFileAnswer,
)
from banstream_gateway.native.ban_file_requests import (
    BanFileChangeRequest,
    BanFileReasonRequest,
    BanFileRequest,
    BanFileSyncRequest,
    ReceiptQuery,
)
from banstream_gateway.requests import PageQuery

_ADMIN = frozenset({ADMIN})
_BAN_FILES = "/v1/ban-files"
_BAN_FILE = "/v1/ban-files/{ban_file_id}"
_CHANGED: Mapping[int, type[BaseModel] | None] = {200: ChangedBanFileAnswer, 202: AcceptedAnswer}

BAN_FILES = [
    Endpoint(
        "POST",
        _BAN_FILES,
        ban_files.create,
        "Keep a ban file of a game server in step with the bans from now on.",
        _ADMIN,
        body=BanFileRequest,
        answers={201: ChangedBanFileAnswer, 202: AcceptedAnswer},
    ),
    Endpoint(
        "GET",
        _BAN_FILES,
        ban_files.search,
        "Every ban file, and how it stands.",
        _ADMIN,
        query=PageQuery,
        answers={200: BanFilePageAnswer},
    ),
    Endpoint(
        "GET",
        _BAN_FILE,
        ban_files.find,
        "One ban file, and how it stands.",
        _ADMIN,
        answers={200: FoundBanFileAnswer, 409: UnreadableBanFileAnswer},
    ),
    Endpoint(
        "PATCH",
        _BAN_FILE,
        ban_files.change,
        "Change a ban file.",
        _ADMIN,
        body=BanFileChangeRequest,
        answers=_CHANGED,
    ),
    Endpoint(
        "DELETE",
        _BAN_FILE,
        ban_files.remove,
        "Keep a ban file in step no more; what stands in it stays.",
        _ADMIN,
        answers={200: RemovedBanFileAnswer, 202: AcceptedAnswer},
    ),
    Endpoint(
        "POST",
        f"{_BAN_FILE}/pause",
        ban_files.pause,
        "Leave a ban file as it is until it is resumed.",
        _ADMIN,
        body=BanFileReasonRequest,
        is_body_optional=True,
        answers=_CHANGED,
    ),
    Endpoint(
        "POST",
        f"{_BAN_FILE}/resume",
        ban_files.resume,
        "Bring a paused ban file up to date and keep it so.",
        _ADMIN,
        answers=_CHANGED,
    ),
    Endpoint(
        "POST",
        f"{_BAN_FILE}/test",
        ban_files.try_out,
        "Connect, read the file, and tell what would change; nothing is written.",
        _ADMIN,
        answers={200: TestedBanFileAnswer},
    ),
    Endpoint(
        "POST",
        f"{_BAN_FILE}/sync",
        ban_files.sync,
        "Look at a ban file now.",
        _ADMIN,
        body=BanFileSyncRequest,
        is_body_optional=True,
        answers={**_CHANGED, 409: ProblemAnswer},
    ),
    Endpoint(
        "GET",
        f"{_BAN_FILE}/receipts",
        ban_files.receipts,
        "What became of each infraction in a ban file, last changed first.",
        _ADMIN,
        query=ReceiptQuery,
        answers={200: ReceiptPageAnswer},
    ),
]
