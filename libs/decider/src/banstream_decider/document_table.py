"""A read model that holds one document for each stream."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic

from pydantic import TypeAdapter, ValidationError

from banstream_contracts.faults import in_words
from banstream_decider import rebuilding
from banstream_decider.documents import AnyDocument
from banstream_decider.events import AnyEvent, event_of
from banstream_decider.rebuilding import Progress, rebuilt
from banstream_decider.unreadable import UnreadableDocument
from banstream_event_log.connections import Connection
from banstream_event_log.events import OpenedEvent


@dataclass(frozen=True, slots=True)
class Present(Generic[AnyDocument]):
    """The documents that there are; of those that cannot be read, why."""

    documents: dict[str, AnyDocument]
    unreadable: dict[str, str]

    @property
    def ids(self) -> frozenset[str]:
        """Of all of them."""
        return frozenset(self.documents | self.unreadable)


@dataclass(frozen=True, slots=True)
class DocumentTable(Generic[AnyEvent, AnyDocument]):
    """Rows of the id, whether it was removed, and the document. `key` is what table and events call the id.

    `evolve` is what an event makes of a document, or of none.
    """

    name: str
    key: str
    model: type[AnyDocument]
    events: TypeAdapter[AnyEvent]
    evolve: Callable[[AnyDocument | None, AnyEvent], AnyDocument]

    async def put(self, connection: Connection, documents: Mapping[str, AnyDocument]) -> None:
        """Insert or replace, by id."""
        if not documents:
            return
        await connection.execute(
            f"insert into {self.name} ({self.key}, is_removed, document)"
            " select * from unnest($1::text[], $2::boolean[], $3::jsonb[])"
            f" on conflict ({self.key}) do update set is_removed = excluded.is_removed, document = excluded.document",
            list(documents),
            [document.is_removed for document in documents.values()],
            [document.model_dump(mode="json", exclude_none=True) for document in documents.values()],
        )

    async def find(self, connection: Connection, ids: Iterable[str]) -> dict[str, AnyDocument]:
        """Those that have a row. Raises UnreadableDocument."""
        rows = await connection.fetch(
            f"select {self.key}, document from {self.name} where {self.key} = any($1)", list(ids)
        )
        return {row[self.key]: self.read(row["document"]) for row in rows}

    async def present(self, connection: Connection) -> Present[AnyDocument]:
        """Those that were not removed; they are few."""
        rows = await connection.fetch(
            f"select {self.key}, document from {self.name} where not is_removed order by {self.key}"
        )
        found: Present[AnyDocument] = Present({}, {})
        for row in rows:
            try:
                found.documents[row[self.key]] = self.read(row["document"])
            except UnreadableDocument as error:
                found.unreadable[row[self.key]] = str(error)
        return found

    def read(self, document: object) -> AnyDocument:
        """One, as it stands in the table. Raises UnreadableDocument."""
        try:
            return self.model.model_validate(document)
        except ValidationError as error:
            raise UnreadableDocument(in_words(error)) from None

    async def rebuild(self, dsn: str, schema: str, role: str, progress: Progress) -> int:
        """Make it anew from the log as an administrator; returns the position reached."""
        made = replace(self, name=rebuilt(self.name))
        return await rebuilding.rebuild(dsn, schema, role, (self.name,), made.apply, progress)

    async def apply(self, connection: Connection, page: Sequence[OpenedEvent]) -> None:
        """One page of the log: fetch what it changes, change it in memory, put it back."""
        events = [event_of(logged, self.events) for logged in page]
        documents = await self.find(connection, {getattr(event, self.key) for event in events})
        for event in events:
            key = getattr(event, self.key)
            documents[key] = self.evolve(documents.get(key), event)
        await self.put(connection, documents)
