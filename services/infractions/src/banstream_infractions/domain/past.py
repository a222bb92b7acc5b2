"""Infractions as they were at a moment, and what they restricted then. Pure."""

from collections.abc import Collection, Iterable
from datetime import datetime

from banstream_contracts.infractions import Infraction, Standing
from banstream_contracts.players import Player
from banstream_infractions.domain.infraction_states import evolve_infraction, standing_of
from banstream_infractions.domain.reach import concerns, is_about
from banstream_infractions.domain.restricting import at_address
from banstream_infractions.domain.undoing import AnyOfInfraction


class Past:
    """The infractions of which some events tell, by id, as the events so far have made them."""

    def __init__(self) -> None:
        self.infractions: dict[str, Infraction] = {}

    def take(self, event: AnyOfInfraction, position: int) -> None:
        """The next event of an infraction, in log order."""
        held = self.infractions.get(event.infraction_id)
        self.infractions[event.infraction_id] = evolve_infraction(held, event, position)

    def in_force(self, at: datetime) -> list[Infraction]:
        """Those that were in force, the newest first."""
        known = (self.infractions[each] for each in _newest_first(self.infractions))
        return [each for each in known if each.is_in_force(at)]

    def about(
        self,
        player: Player | None,
        address_hashes: Collection[str],
        ended: Iterable[str],
        at: datetime,
        server_id: str | None = None,
    ) -> list[str]:
        """The ids of those of the player or of the address: first those in force, each part newest first.

        `ended` are further ones of the player, of which is known that much only. A server is told of others what
        concerns it.
        """
        known = [
            each
            for each in self.infractions.values()
            if is_about(each, player, address_hashes, at)
            and (_is_of(player, each) or concerns(each, server_id, include_other_servers=True))
        ]
        in_force = {each.id for each in known if each.is_in_force(at)}
        return [*_newest_first(in_force), *_newest_first({*ended, *(each.id for each in known)} - in_force)]

    def standings(self, player: Player | None, address_hashes: Iterable[str], position: int) -> tuple[Standing, ...]:
        """What restricted the player and each address: as KV `restrictions` had it."""
        known = self.infractions.values()
        of_addresses = tuple(
            standing_of(position, (at_address(each) for each in known if each.address_hash == address))
            for address in address_hashes
        )
        if player is None:
            return of_addresses
        return standing_of(position, (each for each in known if each.player == player)), *of_addresses


def _is_of(player: Player | None, infraction: Infraction) -> bool:
    return player is not None and infraction.player == player


def _newest_first(infraction_ids: Iterable[str]) -> list[str]:
    """Ids rise with time."""
    return sorted(infraction_ids, reverse=True)
