"""The sink that keeps KV `ban-list` in step with the log: bans in clear for gateways, personal data sealed."""

from collections.abc import Sequence

import asyncpg
from nats.js import JetStreamContext

from banstream_contracts import headers, streams
from banstream_contracts.events import InfractionEvent, InfractionIssued, InfractionServed
from banstream_contracts.infraction_messages import EVENT
from banstream_contracts.infractions import Infraction, Lifetime, Punishment, Status
from banstream_contracts.listed_bans import SERVICE, ListedBan
from banstream_decider.events import event_of
from banstream_event_log.events import LoggedEvent
from banstream_infractions.buckets import Bucket
from banstream_infractions.personal import NOTHING, Personal, opened
from banstream_privacy.sharing import ban_list_key, share

_ENDED = {headers.MESSAGE_TTL: str(streams.CLEARED_TTL_SECONDS)}
_LASTING = {Lifetime.PERMANENT, Lifetime.TIMED}


class BanListBucket:
    """The bans of players of `SERVICE`, and of addresses alone."""

    def __init__(
        self,
        jetstream: JetStreamContext,
        connection: "asyncpg.Connection[asyncpg.Record]",
        master_key: bytes,
    ) -> None:
        self._bucket = Bucket(jetstream, streams.BAN_LIST_BUCKET)
        self._connection = connection
        self._master_key = master_key
        self._key = ban_list_key(master_key)

    async def resume(self) -> int:
        """See Bucket."""
        return await self._bucket.resume()

    async def deliver(self, events: Sequence[LoggedEvent]) -> None:
        """Write how each ban stands that the events concern: at their position or a later one."""
        if not events:
            return
        ids = list(dict.fromkeys(id_ for logged in events if (id_ := _listed(logged))))
        infractions, personal = await self._read(ids) if ids else ([], {})
        entries = [
            (each.id, self._written(each, personal.get(each.id, NOTHING)), {} if _is_ban(each) else _ENDED)
            for each in infractions
        ]
        await self._bucket.write(entries, events[-1].position)

    async def _read(self, ids: Sequence[str]) -> tuple[list[Infraction], dict[str, Personal]]:
        async with self._connection.transaction(isolation="repeatable_read", readonly=True):
            rows = await self._connection.fetch("select stream, document from infractions where id = any($1)", ids)
            infractions = [(row["stream"], Infraction.model_validate(row["document"])) for row in rows]
            bans = {stream for stream, infraction in infractions if _is_ban(infraction)}
            personal = await opened(self._connection, self._master_key, bans)
        return [infraction for _, infraction in infractions], personal

    def _written(self, infraction: Infraction, personal: Personal) -> bytes:
        is_ban = _is_ban(infraction)
        listed = ListedBan(
            infraction_id=infraction.id,
            position=infraction.position,
            is_ended=not is_ban,
            player=infraction.player,
            player_name=infraction.player_name,
            sealed_name=self._sealed(infraction, personal.name) if is_ban else None,
            address_hash=infraction.address_hash,
            sealed_address=self._sealed(infraction, personal.address) if is_ban else None,
            reason=infraction.reason,
            scope=infraction.scope,
            server_id=infraction.server_id,
            issued_at=infraction.issued_at,
            expires_at=infraction.expires_at,
        )
        return listed.model_dump_json(exclude_none=True).encode()

    def _sealed(self, infraction: Infraction, text: str | None) -> str | None:
        return share(self._key, infraction.id, text) if text is not None else None


def _listed(logged: LoggedEvent) -> str | None:
    """The infraction of an event that may change the list."""
    event = event_of(logged, EVENT)
    match event:
        case InfractionServed():
            return None
        case InfractionIssued() if Punishment.BAN not in event.punishments:
            return None
        case InfractionEvent() if event.player is None or event.player.service == SERVICE:
            return event.infraction_id
        case _:
            return None


def _is_ban(infraction: Infraction) -> bool:
    return (
        infraction.status is Status.ACTIVE
        and Punishment.BAN in infraction.punishments
        and infraction.lifetime in _LASTING
    )
