"""What the messages of a target at Discord show, on the connection that holds the lock of telling."""

from collections.abc import Collection, Sequence
from datetime import datetime

import asyncpg

from banstream_notifier.ledger import Ledger, Shown, keep_shown

_PLAYERS = """coalesce(nullif(players, '{}'), array_remove(array[card ->> 'player',
    (card #>> '{content,caller,service}') || ':' || (card #>> '{content,caller,id}'),
    (card #>> '{content,reported,service}') || ':' || (card #>> '{content,reported,id}')], null))"""
"""What the release before writes while this one is rolled out has no players of its own (migration 0101)."""
_SHOWN = f"select message_id, place, infraction_id, card, embed, {_PLAYERS} as players from embeds"
_STANDING = """
    select distinct on (infraction_id) infraction_id, message_id from embeds
    where target_id = $1 and infraction_id = any($2) order by infraction_id, sent_at desc, message_id desc
"""


class Messages:
    """Those of one target that are known."""

    def __init__(self, ledger: Ledger, target_id: str) -> None:
        self._ledger = ledger
        self._target_id = target_id

    async def standing(self, keys: Collection[str]) -> dict[str, str]:
        """The last message of each of those infractions and calls that one shows."""
        async with self._ledger.using() as connection:
            rows = await connection.fetch(_STANDING, self._target_id, list(keys))
        return {row["infraction_id"]: row["message_id"] for row in rows}

    async def shown(self, message_id: str) -> list[Shown]:
        """All that a message shows."""
        async with self._ledger.using() as connection:
            rows = await connection.fetch(
                f"{_SHOWN} where target_id = $1 and message_id = $2 order by place", self._target_id, message_id
            )
        return [_shown(row) for row in rows]

    async def about(self, player: str, infraction_ids: Collection[str]) -> dict[str, list[Shown]]:
        """Every message that tells of a player (`SERVICE:ID`) or of infractions, and all that each shows."""
        async with self._ledger.using() as connection:
            rows = await connection.fetch(
                f"{_SHOWN} where target_id = $1 and message_id in (select message_id from embeds"
                f"  where target_id = $1 and ({_PLAYERS} @> array[$2] or infraction_id = any($3)))"
                " order by sent_at, message_id, place",
                self._target_id,
                player,
                list(infraction_ids),
            )
        found: dict[str, list[Shown]] = {}
        for row in rows:
            found.setdefault(row["message_id"], []).append(_shown(row))
        return found

    async def show(self, message_id: str, shown: Sequence[Shown], now: datetime) -> None:
        """Write down what a message shows now."""
        async with self._ledger.using() as connection:
            await keep_shown(connection, self._target_id, message_id, shown, now)

    async def forget(self, message_id: str) -> None:
        """Of a message that was deleted."""
        async with self._ledger.using() as connection:
            await connection.execute(
                "delete from embeds where target_id = $1 and message_id = $2", self._target_id, message_id
            )


def _shown(row: asyncpg.Record) -> Shown:
    return Shown(row["place"], row["infraction_id"], row["card"], row["embed"], tuple(row["players"]))
