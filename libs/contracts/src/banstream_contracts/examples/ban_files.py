"""One instance of every message of ftp-sync."""

from typing import Any

from pydantic import BaseModel

from banstream_contracts.ban_files import (
    BanFile,
    BanFileFilters,
    BanFileFormat,
    BanFileKind,
    BanFilePlace,
    BanFilePolicy,
    BanFileStatus,
)
from banstream_contracts.commands import ban_files as ban_file_commands
from banstream_contracts.events import ban_files as ban_file_events
from banstream_contracts.examples import parts
from banstream_contracts.infractions import Scope
from banstream_contracts.queries import ban_files as ban_file_queries

_ID = "01948f6e79f0ddddeeee0001"
_FINGERPRINT = "SHA256:" + "k" * 43
_FAILURE = "The server did not take name and password or key"
_shown: dict[str, Any] = {
    "place": BanFilePlace(
        kind=BanFileKind.SFTP,
        host="game.example.net",
        port=2022,
        user="dayz",
        path="profiles/ban.txt",
        fingerprint=_FINGERPRINT,
        checks_certificate=False,
    ),
    "filters": BanFileFilters(
        servers=(parts.SERVER_ID,), scopes=(Scope.SERVER, Scope.GLOBAL), include_other_servers=False
    ),
    "policy": BanFilePolicy(may_create=True, repairs_drift=False),
}
_told: dict[str, Any] = {"ban_file_id": _ID, "name": "Chernarus 1"}
_made: dict[str, Any] = {"format": BanFileFormat.DAYZ, "sealed_secret": parts.SEALED, **_shown}
ban_file = BanFile(
    id=_ID,
    name="Chernarus 1",
    format=BanFileFormat.DAYZ,
    status=BanFileStatus.PAUSED,
    created_at=parts.AT,
    created_by=parts.actor,
    changed_at=parts.LATER,
    version=4,
    **_shown,
)
_progress = ban_file_queries.BanFileProgress(
    outcome="failed",
    reason="game.example.net: No connection could be made: timed out",
    tried_at=parts.LATER,
    good_at=parts.AT,
    written_at=parts.AT,
    failing_since=parts.LATER,
    pending_since=parts.AT,
    lines=156,
    others=12,
)
_found = ban_file_queries.BanFileFound(
    ban_file=ban_file, progress=_progress, unreadable="ban_file.format: Input should be 'dayz' or 'source'"
)
_receipt = ban_file_queries.BanFileReceipt(
    infraction_id=parts.INFRACTION_ID,
    is_banned=True,
    status=ban_file_queries.ReceiptStatus.FAILED,
    at=parts.LATER,
    error="the player is protected",
)
EXAMPLES: tuple[BaseModel, ...] = (
    ban_file_commands.CreateBanFile(**_told, **_made, paused=True, **parts.asked),
    ban_file_commands.ChangeBanFile(**_told, **_shown, sealed_secret=parts.SEALED, **parts.asked),
    ban_file_commands.PauseBanFile(ban_file_id=_ID, reason="map change", **parts.asked),
    ban_file_commands.ResumeBanFile(ban_file_id=_ID, **parts.asked),
    ban_file_commands.RemoveBanFile(ban_file_id=_ID, reason="server is gone", **parts.asked),
    ban_file_commands.SyncBanFile(ban_file_id=_ID, accepts_loss=True, **parts.asked),
    ban_file_commands.AcceptHostKey(ban_file_id=_ID, host_key=_FINGERPRINT, seen_version=1, **parts.asked),
    ban_file_commands.ReportDrift(
        ban_file_id=_ID,
        infraction_ids=(parts.INFRACTION_ID,),
        missing=1,
        changed=2,
        repaired=True,
        **parts.asked,
    ),
    ban_file_commands.ReportProtectedBans(ban_file_id=_ID, infraction_ids=(parts.INFRACTION_ID,), **parts.asked),
    ban_file_commands.ReportRefusal(ban_file_id=_ID, reason="the file is not there", **parts.asked),
    ban_file_commands.ReportFailure(ban_file_id=_ID, since=parts.AT, reason=_FAILURE, **parts.asked),
    ban_file_commands.ReportRecovery(ban_file_id=_ID, **parts.asked),
    ban_file_events.BanFileCreated(**_told, **_made, **parts.occurred),
    ban_file_events.BanFileChanged(**_told, **_shown, sealed_secret=parts.SEALED, **parts.occurred),
    ban_file_events.BanFilePaused(**_told, reason="map change", **parts.occurred),
    ban_file_events.BanFileResumed(**_told, **parts.occurred),
    ban_file_events.BanFileRemoved(**_told, reason="server is gone", **parts.occurred),
    ban_file_events.BanFileSyncRequested(**_told, accepts_loss=True, **parts.occurred),
    ban_file_events.BanFileHostKeyAccepted(**_told, host_key=_FINGERPRINT, **parts.occurred),
    ban_file_events.BanFileDrifted(
        **_told, infraction_ids=(parts.INFRACTION_ID,), missing=1, changed=2, repaired=True, **parts.occurred
    ),
    ban_file_events.BanFileProtectedMet(**_told, infraction_ids=(parts.INFRACTION_ID,), **parts.occurred),
    ban_file_events.BanFileRefused(**_told, reason="the file is not there", **parts.occurred),
    ban_file_events.BanFileFailed(**_told, since=parts.AT, reason=_FAILURE, **parts.occurred),
    ban_file_events.BanFileRecovered(**_told, since=parts.AT, **parts.occurred),
    ban_file_queries.FindBans(
        infraction_ids=(parts.INFRACTION_ID,), cursor=parts.cursor, limit=20, keeps_unreadable=True
    ),
    ban_file_queries.BansFound(
        items=(ban_file_queries.FoundBan(infraction=parts.infraction, sealed_address=parts.SEALED),),
        position=parts.POSITION,
        next=parts.cursor,
        unreadable=(parts.INFRACTION_ID,),
    ),
    ban_file_queries.GetBanFile(ban_file_id=_ID),
    ban_file_queries.ListBanFiles(cursor=parts.cursor, limit=20),
    _found,
    ban_file_queries.BanFilePage(items=(_found,), next=parts.cursor, unreadable=(_ID,)),
    ban_file_queries.ListReceipts(
        ban_file_id=_ID,
        status=ban_file_queries.ReceiptStatus.FAILED,
        infraction_id=parts.INFRACTION_ID,
        cursor=parts.cursor,
        limit=20,
    ),
    ban_file_queries.ReceiptPage(items=(_receipt,), next=parts.cursor),
    ban_file_queries.TestBanFile(ban_file_id=_ID),
    ban_file_queries.BanFileTested(
        is_known=True,
        problem="the file is not there, and may not be created",
        fingerprint=_FINGERPRINT,
        would_write=True,
        added=(parts.INFRACTION_ID,),
        removed=1,
        changed=2,
        lines=156,
        others=12,
        drifted=1,
        unheld=3,
        protected=(parts.INFRACTION_ID,),
    ),
)
