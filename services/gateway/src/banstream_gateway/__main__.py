"""`python -m banstream_gateway`."""

import asyncio
import signal

import uvloop

from banstream_gateway.app import GATEWAY, create_app
from banstream_gateway.open_files import seats_within_limit
from banstream_gateway.operations import readiness
from banstream_gateway.server import serving
from banstream_gateway.settings import Settings
from banstream_runtime.garbage import spare_what_is_built
from banstream_runtime.logs import configure_logs
from banstream_runtime.startup import listening_explained, settings_explained
from banstream_runtime.telemetry import configure_telemetry

_NEW_OBJECTS = 100_000
"""As many as 64 batches of incidents on their way are made of: each look at them is in vain, and checks wait."""
_PAGE = "services/gateway/README.md"


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; requests on their way are answered first."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    app = create_app(settings)
    spare_what_is_built(_NEW_OBJECTS)  # a full collection would look through it for 30 ms, checks waiting
    own = (settings.metrics_host, settings.metrics_port) if settings.metrics_port else None

    def may_answer() -> bool:
        return stop.is_set() or readiness(app[GATEWAY])["status"] != "unready"

    seconds = settings.request_timeout_seconds
    async with serving(app, settings.http_host, settings.http_port, seconds, own, may_answer):
        await stop.wait()


def main() -> None:
    """Read the environment and run."""
    with settings_explained(_PAGE):
        settings = Settings()
    configure_logs("gateway", settings.log_level, settings.log_format)
    configure_telemetry("gateway")
    seats = seats_within_limit(settings.push_clients)
    with listening_explained(_PAGE):
        uvloop.run(serve(settings.model_copy(update={"push_clients": seats})))


if __name__ == "__main__":
    main()
