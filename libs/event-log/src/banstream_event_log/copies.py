"""The copy of EVENTS that subscribers read (ADR 0018): what is taken out of EVENTS goes from there as well."""

import asyncio
from collections.abc import Sequence

from nats.errors import NoRespondersError
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError, ServiceUnavailableError

from banstream_contracts import permissions, streams

_CAUGHT_UP_SECONDS = 10.0
_LOOK_SECONDS = 0.05


async def purge_copy(jetstream: JetStreamContext, purged: Sequence[str], sequence: int) -> None:
    """Take out what has those subjects and is before a sequence, which is the same as on EVENTS.

    Raises TimeoutError while the copy is not as far: what is on its way would come after the purge. Where nobody
    is to read a copy there is none.
    """
    copy = JetStreamContext(jetstream._nc, prefix=permissions.SUBSCRIBERS_API)  # noqa: SLF001 - the same connection
    try:
        async with asyncio.timeout(_CAUGHT_UP_SECONDS):
            while (await copy.stream_info(streams.EVENTS)).state.last_seq < sequence:  # noqa: ASYNC110
                await asyncio.sleep(_LOOK_SECONDS)  # the stream of another account: it tells nobody
        for subject in purged:
            await copy.purge_stream(streams.EVENTS, seq=sequence, subject=subject)
    except (NotFoundError, NoRespondersError, ServiceUnavailableError):
        return
