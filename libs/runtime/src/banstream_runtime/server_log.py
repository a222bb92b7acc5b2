"""What aiohttp's server logs of a connection, without the sender's address and without what it could not read."""

import structlog
from aiohttp.http import HttpProcessingError

logger = structlog.stdlib.get_logger(__name__)


class ServerLog:
    """The `logger` of a runner. aiohttp's own lines tell the address, and all bytes of a request that is none."""

    def debug(self, *_said: object, **_more: object) -> None:
        """Nothing that anybody needs."""

    def exception(self, said: str, *_about: object, exc_info: BaseException | None = None) -> None:
        """What cannot be read is no fault of ours; a token may be in it."""
        kind = type(exc_info).__name__
        if isinstance(exc_info, HttpProcessingError):
            logger.info("unreadable_request", error=kind)
        else:
            logger.error("unexpected_error", error=kind, said=said, exc_info=exc_info)
