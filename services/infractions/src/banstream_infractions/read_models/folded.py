"""What a rebuild makes of events besides infractions: a table for each kind of thing, a row for each thing."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Any, Generic

import asyncpg

from banstream_contracts.events.accounts import AccountEvent
from banstream_contracts.events.admins import AdminEvent
from banstream_contracts.events.appeals import AppealEvent
from banstream_contracts.events.event import Event
from banstream_contracts.events.infractions import CredentialEvent, RequestOpened
from banstream_contracts.events.networks import NetworkEvent
from banstream_contracts.events.requests import RequestEvent
from banstream_contracts.events.tiering import TieringEvent
from banstream_contracts.networks import network_key
from banstream_decider.rebuilding import rebuilt
from banstream_infractions.domain.accounts_states import evolve_account
from banstream_infractions.domain.admins import evolve_admin
from banstream_infractions.domain.appeals_states import evolve_appeal
from banstream_infractions.domain.credentials import evolve_credential
from banstream_infractions.domain.networks import evolve_network
from banstream_infractions.domain.requests_states import evolve_request
from banstream_infractions.domain.tiering import evolve_tiering_policy
from banstream_infractions.read_models.document_rows import (
    ACCOUNTS,
    ADMINS,
    APPEALS,
    CREDENTIALS,
    NETWORKS,
    REQUESTS,
    TIERING_POLICIES,
    Document,
    DocumentRows,
)


@dataclass(frozen=True, slots=True)
class Folded(Generic[Document]):
    """A kind of thing: its events, which thing one is of, its rows, and what an event makes of it."""

    events: type[Any] | UnionType
    id_of: Callable[[Any], str]
    rows: DocumentRows[Document]
    evolve: Callable[[Document | None, Any, int], Document]

    async def apply(
        self, connection: "asyncpg.Connection[asyncpg.Record]", events: Iterable[tuple[Event, int]]
    ) -> None:
        """Fetch what events with their positions change, change it in memory, put it back."""
        changes = [(self.id_of(event), event, position) for event, position in events if isinstance(event, self.events)]
        if not changes:
            return
        documents = await held(connection, self.rows.table, self.rows.model, [key for key, _, _ in changes])
        for key, event, position in changes:
            documents[key] = self.evolve(documents.get(key), event, position)
        await self.rows.put(connection, documents.values(), rebuilt(self.rows.table))


async def held(
    connection: "asyncpg.Connection[asyncpg.Record]", table: str, model: type[Document], ids: Sequence[str]
) -> dict[str, Document]:
    """Those that the table which is being rebuilt has already, by id."""
    if not ids:
        return {}
    rows = await connection.fetch(f"select id, document from {rebuilt(table)} where id = any($1)", list({*ids}))
    return {row["id"]: model.model_validate(row["document"]) for row in rows}


BESIDE_INFRACTIONS: tuple[Folded[Any], ...] = (
    Folded(CredentialEvent, lambda event: event.credential_id, CREDENTIALS, evolve_credential),
    Folded(RequestOpened | RequestEvent, lambda event: event.request_id, REQUESTS, evolve_request),
    Folded(AdminEvent, lambda event: event.token, ADMINS, evolve_admin),
    Folded(TieringEvent, lambda event: event.tiering_policy_id, TIERING_POLICIES, evolve_tiering_policy),
    Folded(NetworkEvent, lambda event: network_key(event.network), NETWORKS, evolve_network),
    Folded(AccountEvent, lambda event: event.account_id, ACCOUNTS, evolve_account),
    Folded(AppealEvent, lambda event: event.appeal_id, APPEALS, evolve_appeal),
)
