"""What erasing a player reads and takes out beside the log: keys, and what outcomes of commands repeat."""

from collections.abc import Sequence

from banstream_contracts.erasable import ERASED
from banstream_contracts.players import Player, address_token
from banstream_event_log import erasure
from banstream_event_log.connections import Connection
from banstream_event_log.events import LoggedEvent
from banstream_event_log.forgetting import Left
from banstream_infractions.ports import Traces

PERSONAL = ("player_name", "note", "evidence", "files")
"""Fields of an infraction that an erasure empties."""

_TELLING = ("infraction.issued", "infraction.imported", "infraction.amended")
"""Types of events that tell something of a player."""
_ADDRESSES = """
    select distinct document ->> 'address_hash' as hash from infractions
    where player_token = $1 and document ->> 'address_hash' is not null order by hash
"""
_FORGET = """
    update command_outcomes set outcome = case
        when outcome ? 'call' then
            case when outcome #> '{call,content,caller}' = $3 then jsonb_set(
                jsonb_set(outcome, '{call,content,caller_name}', $4), '{call,content,message}', $4
            ) else outcome end
            #- case when outcome #> '{call,content,reported}' = $3 then '{call,content,reported_name}'::text[]
                else '{}' end
        else jsonb_set(outcome, '{infractions}', (
            select jsonb_agg(case when each ->> 'id' = any($1) then each - $2::text[] else each end order by place)
            from jsonb_array_elements(outcome -> 'infractions') with ordinality as held (each, place)
        )) end
    where jsonb_path_query_array(outcome, '$.infractions[*].id') ?| $1
        or outcome #> '{call,content,caller}' = $3 or outcome #> '{call,content,reported}' = $3
"""
"""Of infractions, and of calls for an admin by the player or about them; no result holds both."""


async def left_by(connection: Connection, erased: LoggedEvent) -> list[Left]:
    """Events that may have told something of an erased player, by type and token."""
    token = Player.model_validate(erased.data["player"]).token
    whose = [token, *(address_token(each) for each in erased.data.get("address_hashes", ()))]
    requests = await connection.fetch("select id from review_requests where player_token = $1 order by id", token)
    return [
        *((kind, each) for each in whose for kind in _TELLING),
        *(("request.opened", f"request={row['id']}") for row in requests),
    ]


async def traces(connection: Connection, player: Player) -> Traces:
    """Where a player has left anything."""
    addresses = await connection.fetch(_ADDRESSES, player.token)
    requests = await connection.fetch(
        "select id from review_requests where player_token = $1 order by id", player.token
    )
    return Traces(
        [row["hash"] for row in addresses],
        [row["id"] for row in requests],
        await erasure.has_key(connection, f"player:{player}"),
    )


async def erase(connection: Connection, persons: Sequence[str], position: int) -> None:
    """The keys of the log's fields, and those of what gateways sealed."""
    await erasure.erase(connection, persons, position)
    await connection.execute("delete from person_keys where person = any($1)", list(persons))


async def forget_outcomes(connection: Connection, player: Player, infraction_ids: Sequence[str]) -> None:
    """Reads all outcomes: they are found by nothing but their command."""
    await connection.execute(_FORGET, list(infraction_ids), list(PERSONAL), player.model_dump(mode="json"), ERASED)
