"""How much a result shows: it has to fit into one message, whatever the command has touched. Pure."""

from collections.abc import Iterable, Mapping
from itertools import accumulate, takewhile

from banstream_contracts.events.infractions import InfractionEvent
from banstream_contracts.infractions import Infraction, Standing
from banstream_contracts.players import address_token
from banstream_contracts.results import CommandResult

_FEW = 10
"""Infractions that fit however long they are."""
_MOST_BYTES = 512 * 1024
_MOST_RESTRICTIONS = 50


def shown(infractions: Iterable[Infraction]) -> tuple[Infraction, ...]:
    """The first ones, as many as fit; `counts` says of how many."""
    every = tuple(infractions)
    if len(every) <= _FEW:
        return every
    sizes = accumulate(len(each.model_dump_json(exclude_none=True).encode()) for each in every)
    return every[: max(_FEW, sum(1 for _ in takewhile(lambda size: size <= _MOST_BYTES, sizes)))]


def with_standings(result: CommandResult, standings: Mapping[str, Standing]) -> CommandResult:
    """Unless they are long: gateways hear of them by the bucket, too."""
    touched = {key: standings[key] for infraction in result.infractions for key in keys_of(infraction)}
    if not touched or sum(len(each.restrictions) for each in touched.values()) > _MOST_RESTRICTIONS:
        return result
    return result.model_copy(update={"standings": touched})


def keys_of(whom: Infraction | InfractionEvent) -> list[str]:
    """The KV keys of whom an infraction restricts."""
    keys = [whom.player.token] if whom.player else []
    return [*keys, address_token(whom.address_hash)] if whom.address_hash else keys
