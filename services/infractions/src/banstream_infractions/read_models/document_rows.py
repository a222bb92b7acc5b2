"""Read models that hold one document for each thing, and beside it the columns that it is found by."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, Protocol, TypeVar

from banstream_contracts.accounts import AccountEntry
from banstream_contracts.admins import Admin
from banstream_contracts.appeals import Appeal
from banstream_contracts.infractions import Credential
from banstream_contracts.networks import MarkedNetwork
from banstream_contracts.queries.infractions import ReviewRequest
from banstream_contracts.tiering import TieringPolicy
from banstream_event_log.connections import Connection
from banstream_infractions.domain.concerns import whose


class Positioned(Protocol):
    """A model of the contracts that says which log position made it."""

    @property
    def position(self) -> int:
        """Of the last event that changed it."""

    @classmethod
    def model_validate(cls, obj: Any) -> Any:  # noqa: ANN401 - as pydantic has it
        """The model that a document holds. Raises ValidationError."""

    def model_dump(self, *, mode: Literal["json"], exclude_none: bool) -> dict[str, Any]:
        """The document of a model."""


Document = TypeVar("Document", bound=Positioned)


@dataclass(frozen=True, slots=True)
class DocumentRows(Generic[Document]):
    """The rows of one kind of thing: id, the columns, the log position, the document.

    `fixed` columns never change, `changing` ones may; both say the SQL type of each. `values` are the id and these
    columns of a document, in that order.
    """

    table: str
    model: type[Document]
    fixed: Mapping[str, str]
    changing: Mapping[str, str]
    values: Callable[[Document], tuple[object, ...]]

    async def put(self, connection: Connection, documents: Iterable[Document], table: str | None = None) -> None:
        """Insert or replace; `table` is another one while the read models are being rebuilt."""
        rows = [
            (*self.values(each), each.position, each.model_dump(mode="json", exclude_none=True)) for each in documents
        ]
        if rows:
            await connection.execute(self._upsert(table or self.table), *zip(*rows, strict=True))

    def _upsert(self, table: str) -> str:
        types = {"id": "text", **self.fixed, **self.changing, "position": "bigint", "document": "jsonb"}
        arrays = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(types.values(), 1))
        replaced = ", ".join(f"{name} = excluded.{name}" for name in (*self.changing, "position", "document"))
        return (
            f"insert into {table} ({', '.join(types)}) select * from unnest({arrays})"
            f" on conflict (id) do update set {replaced}"
        )


CREDENTIALS: DocumentRows[Credential] = DocumentRows(
    "credentials",
    Credential,
    fixed={"kind": "text"},
    changing={},
    values=lambda each: (each.id, each.kind),
)
REQUESTS: DocumentRows[ReviewRequest] = DocumentRows(
    "review_requests",
    ReviewRequest,
    fixed={"player_token": "text"},
    changing={"status": "text", "assignee": "text"},
    values=lambda each: (each.id, each.player.token, each.status, each.assignee),
)
ADMINS: DocumentRows[Admin] = DocumentRows(
    "admins",
    Admin,
    fixed={},
    changing={"is_removed": "boolean", "name": "text"},
    values=lambda each: (each.player.token, each.removed_at is not None, each.name),
)
TIERING_POLICIES: DocumentRows[TieringPolicy] = DocumentRows(
    "tiering_policies",
    TieringPolicy,
    fixed={"server_id": "text"},
    changing={"is_unlinked": "boolean", "name": "text"},
    values=lambda each: (each.id, each.server_id, each.unlinked_at is not None, each.terms.name),
)
NETWORKS: DocumentRows[MarkedNetwork] = DocumentRows(
    "networks",
    MarkedNetwork,
    fixed={},
    changing={"kind": "text", "is_unmarked": "boolean", "searched": "text"},
    values=lambda each: (
        each.key,
        each.kind.value,
        each.unmarked_at is not None,
        f"{each.network} {each.owner or ''}".lower(),
    ),
)
ACCOUNTS: DocumentRows[AccountEntry] = DocumentRows(
    "accounts",
    AccountEntry,
    fixed={},
    changing={"role": "text", "is_disabled": "boolean"},
    values=lambda each: (each.id, each.role.value, each.disabled),
)
APPEALS: DocumentRows[Appeal] = DocumentRows(
    "appeals",
    Appeal,
    fixed={"infraction_id": "text", "person": "text", "player_token": "text", "opened_at": "timestamptz"},
    changing={"status": "text", "assignee": "text"},
    values=lambda each: (
        each.id,
        each.infraction_id,
        whose(each.player, each.address_hash),
        each.player.token if each.player else None,
        each.opened_at,
        each.status,
        each.assignee,
    ),
)
