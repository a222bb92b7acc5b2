"""What an attempt would do: connect, read, plan, write nothing."""

import asyncio
from datetime import UTC, datetime

import aiohttp

from banstream_contracts.queries.ban_files import BanFileTested
from banstream_ftp_sync.applying.nitrado_replies import NitradoError
from banstream_ftp_sync.applying.plan import Plan, planned
from banstream_ftp_sync.attempt import target_of
from banstream_ftp_sync.bans import Ban
from banstream_ftp_sync.choosing import Chosen, chosen
from banstream_ftp_sync.connecting import is_unknown, met, reached
from banstream_ftp_sync.ledger import State
from banstream_ftp_sync.places import InvalidPlace
from banstream_ftp_sync.record import Record
from banstream_ftp_sync.reporting import cleaned
from banstream_ftp_sync.sealing import Opener, WrongKey
from banstream_remote_files.errors import RemoteFileError

_MOST = 100


async def tried(
    opener: Opener,
    record: Record,
    state: State,
    bans: list[Ban],
    protected: frozenset[str],
    timeout_seconds: float,
) -> BanFileTested:
    """What would change in a file, or why nothing would."""
    ban_file = record.ban_file
    fingerprint = None
    try:
        wanted = chosen(bans, protected, ban_file.format, ban_file.filters, opener.address, datetime.now(UTC))
        place = ban_file.place
        if is_unknown(place):
            fingerprint = await met(place, timeout_seconds)
            place = place.model_copy(update={"fingerprint": fingerprint})
        opened = opener.open(place, record.sealed_secret)
        async with aiohttp.ClientSession() as session:
            before = await reached(opened, place, session).read()
        plan = await asyncio.to_thread(planned, target_of(record, wanted, state), before)
    except (InvalidPlace, WrongKey, RemoteFileError, NitradoError, ValueError) as error:
        return BanFileTested(problem=cleaned(str(error)), fingerprint=fingerprint)
    if isinstance(plan, str):
        return BanFileTested(problem=cleaned(plan), fingerprint=fingerprint)
    return _told(plan, wanted, state, fingerprint)


def _told(plan: Plan, wanted: Chosen, state: State, fingerprint: str | None) -> BanFileTested:
    owned = state.remembered.own if state.remembered else {}
    own = plan.remembered.own
    return BanFileTested(
        fingerprint=fingerprint,
        would_write=plan.is_change,
        added=tuple(sorted(each for each, key in plan.rendered.held.items() if key in own and key not in owned))[
            :_MOST
        ],
        removed=len(owned.keys() - own.keys()),
        changed=sum(owned[key] != own[key] for key in own.keys() & owned.keys()),
        lines=len(own),
        others=plan.remembered.foreign,
        drifted=len(plan.drift),
        unheld=len(plan.rendered.unheld),
        protected=tuple(wanted.protected)[:_MOST],
    )
