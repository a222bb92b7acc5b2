"""What became of each command, so that the same command again gets the same answer."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from orjson import Fragment

from banstream_contracts.queries.infractions import CommandFound
from banstream_contracts.results import CommandResult
from banstream_event_log.connections import Connection
from banstream_event_log.statements import Statement

_REMEMBER = """
    outcomes_put as (
        insert into command_outcomes (command_id, outcome, decided_at)
        select command_id, outcome, $3::timestamptz
        from unnest($1::uuid[], $2::jsonb[]) as new (command_id, outcome)
        on conflict (command_id) do update set outcome = excluded.outcome, decided_at = excluded.decided_at
        where command_outcomes.outcome #>> '{refusal,code}' = 'failed'
    )
"""


async def outcomes(connection: Connection, command_ids: Iterable[UUID]) -> dict[UUID, CommandResult]:
    """Of commands that were decided before. Failed ones are left out: they are decided anew when they come again."""
    rows = await connection.fetch(
        "select command_id, outcome from command_outcomes where command_id = any($1)"
        " and coalesce(outcome #>> '{refusal,code}', '') <> 'failed'",
        list(command_ids),
    )
    return {row["command_id"]: CommandResult.model_validate(row["outcome"]) for row in rows}


def remembering(results: Sequence[CommandResult], decided_at: datetime) -> Statement:
    """Keeps outcomes. A failed one gives way to a later one; no other ever changes."""
    return Statement(
        _REMEMBER,
        (
            [result.command_id for result in results],
            [Fragment(result.model_dump_json(exclude={"standings"}, exclude_none=True)) for result in results],
            decided_at,
        ),
    )


async def find_outcome(connection: Connection, command_id: UUID) -> CommandFound:
    """One outcome, failed ones too."""
    outcome = await connection.fetchval("select outcome from command_outcomes where command_id = $1", command_id)
    return CommandFound(result=CommandResult.model_validate(outcome) if outcome else None)
