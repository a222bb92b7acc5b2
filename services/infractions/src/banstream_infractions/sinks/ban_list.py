"""The sink that keeps KV `ban-list` in step with the log: bans in clear for gateways, personal data sealed."""

import hmac
from collections.abc import Mapping, Sequence
from hashlib import sha256

import asyncpg
import structlog
from nats.js import JetStreamContext

from banstream_contracts import headers, streams
from banstream_contracts.events.infractions import InfractionEvent, InfractionIssued, InfractionServed
from banstream_contracts.infractions import Infraction, Lifetime, Punishment, Status
from banstream_contracts.listed_bans import SERVICE, ListedBan
from banstream_event_log.erasure import NOT_OPENED
from banstream_event_log.events import LoggedEvent
from banstream_event_log.relay import Seldom
from banstream_infractions.personal import NOTHING, Personal, check_master_key, found
from banstream_infractions.sinks.buckets import Bucket, types_of
from banstream_privacy.key_ring import keys_of
from banstream_privacy.sharing import ban_list_key, share

logger = structlog.stdlib.get_logger(__name__)

_ENDED = {headers.MESSAGE_TTL: str(streams.CLEARED_TTL_SECONDS)}
_MARK_LENGTH = 16
_LASTING = {Lifetime.PERMANENT, Lifetime.TIMED}


class BanListBucket:
    """The bans of players of `SERVICE`, and of addresses alone."""

    def __init__(
        self,
        jetstream: JetStreamContext,
        connection: "asyncpg.Connection[asyncpg.Record]",
        master_key: bytes,
    ) -> None:
        self._connection = connection
        self._master_key = master_key
        self._key = ban_list_key(master_key)
        keys = keys_of(self._key)
        mark, oldest = _mark_of(keys[0]), _mark_of(keys[-1])
        self._bucket = Bucket(jetstream, connection, streams.BAN_LIST_BUCKET, Seldom(0), mark=mark, unmarked=oldest)

    async def resume(self) -> int:
        """See Bucket; a list that was sealed with another key is written anew from the beginning of the log.

        A list without a mark is of a release that knew one key: the oldest of a ring. Raises MasterKeyUnfit.
        """
        await check_master_key(self._connection, self._master_key)
        return await self._bucket.resume()

    async def deliver(self, events: Sequence[LoggedEvent]) -> None:
        """Write how each ban stands that the events concern: at their position or a later one."""
        ids = list(dict.fromkeys(id_ for logged in events if (id_ := _listed(logged))))
        infractions, personal = await self._read(ids) if ids else ([], {})
        entries = [
            (each.id, self._written(each, personal.get(each.id, NOTHING)), {} if _is_ban(each) else _ENDED)
            for each in infractions
        ]
        await self._bucket.follow(entries, events)
        await self._bucket.finish()

    async def _read(self, ids: Sequence[str]) -> tuple[list[Infraction], Mapping[str, Personal]]:
        async with self._connection.transaction(isolation="repeatable_read", readonly=True):
            rows = await self._connection.fetch("select stream, document from infractions where id = any($1)", ids)
            infractions = [(row["stream"], Infraction.model_validate(row["document"])) for row in rows]
            bans = {stream for stream, infraction in infractions if _is_ban(infraction)}
            personal = await found(self._connection, self._master_key, bans)
        if personal.unreadable:  # listed with less than they should be: nobody else waits for the key that is missing
            NOT_OPENED.labels("person").inc(len(personal.unreadable))
            logger.error("person_keys_not_opened", count=len(personal.unreadable))
            self._bucket.note_lack()
        return [infraction for _, infraction in infractions], personal.opened

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
            address_expires_at=infraction.address_expires_at,
            reason=infraction.reason,
            scope=infraction.scope,
            server_id=infraction.server_id,
            issued_at=infraction.issued_at,
            expires_at=infraction.expires_at,
        )
        return listed.model_dump_json(exclude_none=True).encode()

    def _sealed(self, infraction: Infraction, text: str | None) -> str | None:
        return share(self._key, infraction.id, text) if text is not None else None


def _mark_of(key: bytes) -> str:
    """Tells keys apart, and nothing of them."""
    return hmac.digest(key, b"banstream mark", sha256).hex()[:_MARK_LENGTH]


def _listed(logged: LoggedEvent) -> str | None:
    """The infraction of an event that may change the list; told by what the log keeps, as most change nothing."""
    if logged.type not in types_of(InfractionEvent) - types_of(InfractionServed):
        return None
    if logged.type in types_of(InfractionIssued) and Punishment.BAN not in logged.data["punishments"]:
        return None
    player = logged.data.get("player")
    return logged.data["infraction_id"] if player is None or player["service"] == SERVICE else None


def _is_ban(infraction: Infraction) -> bool:
    return (
        infraction.status is Status.ACTIVE
        and Punishment.BAN in infraction.punishments
        and infraction.lifetime in _LASTING
    )
