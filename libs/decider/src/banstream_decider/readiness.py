"""What a service lacks, in words for /readyz."""

from collections.abc import Awaitable, Callable

from banstream_event_log.postgres import TRANSIENT


class Readiness:
    """Ready means: queries can be answered. Leading is not part of it, a standby is ready too."""

    def __init__(self, status: Callable[[], Awaitable[object]], is_connected: Callable[[], bool]) -> None:
        self._status = status
        self._is_connected = is_connected

    async def __call__(self) -> dict[str, str]:
        """What is missing, by name."""
        missing = {} if self._is_connected() else {"nats": "not connected"}
        try:
            await self._status()
        except TRANSIENT as error:
            missing["postgres"] = type(error).__name__
        return missing
