"""FastStream's broker on a connection of ours, which comes back whatever has become of it."""

from types import TracebackType

import nats.errors
import structlog
from faststream.nats import NatsBroker, NatsRouter
from nats.aio.client import Client

from banstream_decider.answering import AnswerErrors
from banstream_runtime.connection import NatsSettings, connect

logger = structlog.stdlib.get_logger(__name__)


class SteadyBroker(NatsBroker):
    """What answers queries. The methods are FastStream's own.

    The connection that it would make closes for good when the server says, for instance, that it has too many of them;
    queries would then be unanswered for ever.
    """

    def __init__(self, settings: NatsSettings, name: str, *routers: NatsRouter) -> None:
        self._nats_settings = settings
        self._name = name
        super().__init__(settings.nats_url.split(","), middlewares=[AnswerErrors], logger=None, routers=routers)

    @property
    def is_connected(self) -> bool:
        """Whether queries arrive."""
        return self._connection is not None and self._connection.is_connected

    async def _connect(self) -> Client:
        connection = await connect(self._nats_settings, self._name)
        self.config.connect(connection)
        return connection

    async def stop(
        self,
        exc_type: type[BaseException] | None = None,
        exc_val: BaseException | None = None,
        exc_tb: TracebackType | None = None,
    ) -> None:
        """Finish the answers that are on their way, where there is a server to take them."""
        connection = self._connection
        try:
            await super().stop(exc_type, exc_val, exc_tb)
        except* nats.errors.Error as group:
            logger.warning("answers_cut_off", errors=[repr(error) for error in group.exceptions])
        finally:
            if connection is not None:
                await connection.close()
