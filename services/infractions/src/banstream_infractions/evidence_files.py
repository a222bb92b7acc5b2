"""The files of evidence: kept beside the log, which holds their hashes; each as long as an infraction links it."""

from base64 import b64encode
from collections.abc import Iterable, Sequence

import asyncpg

from banstream_contracts.evidence import EvidenceContent, EvidenceFound, GetEvidence
from banstream_event_log.connections import Connection
from banstream_infractions.domain.evidence import KeptFile

_FIND = """
    select media_type, content, infraction_id from evidence_files join evidence_links using (sha256)
    where sha256 = $1 order by infraction_id limit 1
"""
_UNLINK = "delete from evidence_links where infraction_id = any($1) returning sha256"
_FORGET = """
    delete from evidence_files as file where sha256 = any($1)
        and not exists (select from evidence_links as link where link.sha256 = file.sha256)
"""


async def keep(connection: Connection, files: Iterable[KeptFile]) -> None:
    """In the transaction of the events that tell of them; a file that is there already is linked once more."""
    for file in files:
        await connection.execute(
            "insert into evidence_files (sha256, media_type, content) values ($1, $2, $3) on conflict do nothing",
            file.sha256,
            file.media_type,
            file.content,
        )
        await connection.execute(
            "insert into evidence_links (sha256, infraction_id) values ($1, $2) on conflict do nothing",
            file.sha256,
            file.infraction_id,
        )


async def forget(connection: Connection, infraction_ids: Sequence[str]) -> None:
    """Infractions of somebody who is erased lose their files; a file that no other has is deleted."""
    rows = await connection.fetch(_UNLINK, list(infraction_ids))
    await connection.execute(_FORGET, [row["sha256"] for row in rows])


class EvidenceReads:
    """Read-only; works on every process, leading or not."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    async def evidence(self, query: GetEvidence) -> EvidenceFound:
        """One file."""
        row = await self._pool.fetchrow(_FIND, query.sha256)
        if row is None:
            return EvidenceFound(found=None)
        content = b64encode(row["content"]).decode()
        return EvidenceFound(
            found=EvidenceContent(media_type=row["media_type"], content=content, infraction_id=row["infraction_id"])
        )
