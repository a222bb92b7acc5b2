"""Personal data in clear for people who may see it: opened here, and sealed for consoles on its way."""

import asyncpg
import structlog

from banstream_contracts.queries.search import GetPersonal, PersonalFound, PersonalRecord
from banstream_infractions.personal import NOTHING, found
from banstream_privacy.sharing import share

logger = structlog.stdlib.get_logger(__name__)

_MOST = 200
_OF_PLAYER = "select id, stream from infractions where player_token = $1 order by id desc limit $2"
_OF_ONE = "select id, stream from infractions where id = $1 limit $2"


class PersonalReads:
    """Read-only; works on every process, leading or not. `consoles_key` seals the answers."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", master_key: bytes, consoles_key: bytes) -> None:
        self._pool = pool
        self._master_key = master_key
        self._consoles_key = consoles_key

    async def personal(self, query: GetPersonal) -> PersonalFound:
        """Of a player's infractions or of one, as far as it opens; who asked is noted, what was found is not."""
        one, player = query.infraction_id, query.player
        about, found_by = (one, _OF_ONE) if one else (player.token if player else "", _OF_PLAYER)
        async with self._pool.acquire() as connection, connection.transaction(isolation="repeatable_read"):
            rows = await connection.fetch(found_by, about, _MOST)
            personal = await found(connection, self._master_key, {row["stream"] for row in rows})
        if personal.unreadable:
            logger.error("person_keys_not_opened", count=len(personal.unreadable))
        logger.info("personal_data_shown", asked_by=query.asked_by.id, about=one or str(player))
        return PersonalFound(
            items=tuple(
                PersonalRecord(
                    infraction_id=row["id"],
                    sealed_address=self._sealed(row["id"], known.address),
                    sealed_name=self._sealed(row["id"], known.name),
                )
                for row in rows
                if (known := personal.opened.get(row["id"], NOTHING)) != NOTHING
            )
        )

    def _sealed(self, infraction_id: str, text: str | None) -> str | None:
        return None if text is None else share(self._consoles_key, infraction_id, text)
