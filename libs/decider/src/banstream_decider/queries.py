"""The queries that every service answers alike: how it is, what became of a command, what its log holds."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from faststream import AckPolicy
from faststream.nats import NatsRouter

from banstream_contracts import subjects
from banstream_contracts.queries.audit import EventPage, ListEvents
from banstream_contracts.queries.infractions import CommandFound, GetCommand
from banstream_contracts.queries.query import GetStatus, ServiceStatus
from banstream_decider.audit import events
from banstream_decider.in_context import InContext
from banstream_decider.outcomes import find_outcome

PoolInContext = Annotated[Any, InContext("pool")]
"""Of asyncpg; FastStream evaluates annotations, and the class is generic for type checkers alone."""
StatusInContext = Annotated[Callable[[], Awaitable[ServiceStatus]], InContext("status")]


def answering_router(service: str) -> NatsRouter:
    """What answers for a service; the context holds its `pool` and its `status`."""
    router = NatsRouter(ack_policy=AckPolicy.NACK_ON_ERROR)

    @router.subscriber(subjects.query_events(service), queue=service)
    async def on_events(query: ListEvents, pool: PoolInContext) -> EventPage:
        """A page of the log."""
        return await events(pool, query)

    @router.subscriber(subjects.query_command(service), queue=service)
    async def on_command(query: GetCommand, pool: PoolInContext) -> CommandFound:
        """The outcome of a command."""
        async with pool.acquire() as connection:
            return await find_outcome(connection, query.command_id)

    @router.subscriber(subjects.query_status(service), queue=service)
    async def on_status(_query: GetStatus, status: StatusInContext) -> ServiceStatus:
        """How this process is."""
        return await status()

    return router
