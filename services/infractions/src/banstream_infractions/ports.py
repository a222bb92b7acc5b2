"""What the use cases need of the outside."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from banstream_contracts.infractions import Standing
from banstream_contracts.players import Player
from banstream_decider import ports
from banstream_event_log.events import LoggedEvent
from banstream_infractions.domain.batch import Changes
from banstream_infractions.domain.record import Known
from banstream_infractions.domain.sought import Sought


@dataclass(frozen=True, slots=True)
class Traces:
    """Where a player has left anything: addresses of infractions, requests, and whether something is locked."""

    address_hashes: Sequence[str] = ()
    request_ids: Sequence[str] = ()
    has_key: bool = False


class Store(ports.Store, Protocol):
    """The log and the read models, written together in one transaction by the one writer."""

    async def streams_of(self, ids: Iterable[str]) -> dict[str, str]:
        """The log stream of each infraction or credential, and of whom each request or appeal is about."""

    async def streams_at(self, address_hashes: Iterable[str]) -> dict[str, list[str]]:
        """The log streams that hold infractions of each address, by its hash; an address without has no entry."""

    async def appeals_of(self, infraction_ids: Iterable[str]) -> dict[str, list[str]]:
        """The log streams of the appeals against each infraction; one without has no entry."""

    async def reviewers(self) -> frozenset[str]:
        """The identities of all who may decide on appeals, see `appeals_terms.identity`."""

    async def owners(self) -> list[str]:
        """The ids of the accounts that are owners and not disabled."""

    async def load(self, streams: Iterable[str]) -> dict[str, list[LoggedEvent]]:
        """All events of each stream."""

    async def known(self, streams: Iterable[str], sought: Sought) -> dict[str, Known]:
        """What each stream has come to; of long ones what is sought at least, without reading all their events."""

    async def project(self, changes: Changes) -> None:
        """Bring the read models to the state after the events."""

    async def standings(self, keys: Iterable[str]) -> dict[str, Standing]:
        """What restricts each player or address as of the last position, by KV key; every key is in the answer."""

    async def due_streams(self, now: datetime, limit: int) -> list[str]:
        """The streams that hold an infraction whose end has come."""

    async def person_keys(self, persons: Iterable[str]) -> dict[str, bytes]:
        """The wrapped key of each person that has one."""

    async def add_person_keys(self, wrapped: Mapping[str, bytes]) -> None:
        """Keep the wrapped keys of new persons."""

    async def put_person_keys_in_front(self, wrapped: Mapping[str, bytes]) -> None:
        """Keep wrapped keys of persons whose key does not open, before that."""

    async def traces(self, player: Player) -> Traces:
        """Where a player has left anything."""

    async def erase(self, persons: Sequence[str], position: int) -> None:
        """Take out the keys of persons: nothing of them up to the position can be read any more."""

    async def forget_outcomes(self, player: Player, infraction_ids: Sequence[str]) -> None:
        """Take what is personal of infractions, and of a player's calls, out of the outcomes that are kept."""

    async def forget_files(self, infraction_ids: Sequence[str]) -> None:
        """Take out the files of evidence that infractions were shown by."""
