"""What the log says of a source: state, evolve. Pure; checks no rules.

What is shown of it is the contract's own `LogSource`; what opens it stands beside, still sealed.
"""

from hashlib import sha256
from typing import Any, assert_never

from banstream_contracts.events.log_sources import (
    AnyLogSourceEvent,
    LogSourceAdded,
    LogSourceChanged,
    LogSourcePaused,
    LogSourceRemoved,
    LogSourceResumed,
)
from banstream_contracts.log_sources import LogSource, LogSourceStatus
from banstream_decider.documents import Document


class Record(Document):
    """A source as the log has made it."""

    source: LogSource
    sealed_secret: str | None = None

    @property
    def version(self) -> int:
        """See `Document`."""
        return self.source.version

    @property
    def place(self) -> str:
        """Another one where the logs are others: reading begins anew then."""
        login = self.source.login
        parts = (login.kind.value, login.host or "", str(login.port or ""), login.user or "", login.folder)
        return sha256("\0".join(parts).encode()).hexdigest()[:32]


def evolve(record: Record | None, event: AnyLogSourceEvent) -> Record:
    """The source after any event. Raises ValueError of one that was never added: the log would be broken."""
    if isinstance(event, LogSourceAdded):
        return _added(event)
    if record is None:
        raise ValueError(f"{event.type} of a source that was never added")
    match event:
        case LogSourceChanged():
            return _changed(record, event)
        case LogSourcePaused():
            return _moved(record, event, status=LogSourceStatus.PAUSED)
        case LogSourceResumed():
            return _moved(record, event, status=LogSourceStatus.ACTIVE)
        case LogSourceRemoved():
            return _moved(record, event).model_copy(update={"is_removed": True, "sealed_secret": None})
        case _:
            assert_never(event)


def _added(event: LogSourceAdded) -> Record:
    source = LogSource(
        id=event.source_id,
        created_at=event.occurred_at,
        created_by=event.actor,
        changed_at=event.occurred_at,
        **_described(event),
    )
    return Record(source=source, sealed_secret=event.sealed_secret)


def _changed(record: Record, event: LogSourceChanged) -> Record:
    moved = _moved(record, event, **_described(event))
    return moved.model_copy(update={"sealed_secret": event.sealed_secret or record.sealed_secret})


def _described(event: LogSourceAdded | LogSourceChanged) -> dict[str, Any]:
    return {
        "name": event.name,
        "server_id": event.server_id,
        "login": event.login,
        "time_zone": event.time_zone,
        "poll_seconds": event.poll_seconds,
        "look_back_seconds": event.look_back_seconds,
        "rules": event.rules,
    }


def _moved(record: Record, event: AnyLogSourceEvent, **changes: Any) -> Record:  # noqa: ANN401 - fields of LogSource
    version = record.source.version + 1
    source = record.source.model_copy(update={"changed_at": event.occurred_at, "version": version, **changes})
    return record.model_copy(update={"source": source})
