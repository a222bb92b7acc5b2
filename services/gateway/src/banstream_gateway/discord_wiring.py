"""Builds what answers commands of Discord from the settings; without a public key there is nothing, and no route."""

from collections.abc import AsyncIterator

from aiohttp import web

from banstream_gateway.discord.endpoint import Interactions
from banstream_gateway.discord.replies import Replies
from banstream_gateway.discord.signatures import Signatures
from banstream_gateway.endpoints import Gateway
from banstream_gateway.settings import Settings


def discord_interactions(settings: Settings, gateway: Gateway) -> Interactions | None:
    """What answers, where the operator has set it up."""
    if settings.discord_public_key is None or settings.discord_application_id is None:
        return None
    return Interactions(
        Signatures(bytes.fromhex(settings.discord_public_key)),
        settings.discord_application_id,
        settings.discord_roles,
        Replies(str(settings.discord_api_url), settings.discord_application_id),
        body_seconds=settings.request_timeout_seconds,
        are_admins_loaded=lambda: gateway.watches.admins.is_loaded,
    )


def attach(app: web.Application, interactions: Interactions) -> None:
    """Finish answers before the bus is closed: contexts end in reverse order."""

    async def context(_app: web.Application) -> AsyncIterator[None]:
        yield
        await interactions.close()

    app.cleanup_ctx.append(context)
