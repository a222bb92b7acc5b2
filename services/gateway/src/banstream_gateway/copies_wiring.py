"""Builds what keeps copies on disk of what checks are answered from; nothing without a folder for them."""

import asyncio
from dataclasses import dataclass

from banstream_gateway.copies.blocks import key_of
from banstream_gateway.copies.keeping import Keeping
from banstream_gateway.copies.originals import Original
from banstream_gateway.copies.restoring import Restoring
from banstream_gateway.endpoints import Gateway
from banstream_gateway.settings import Settings
from banstream_privacy.key_ring import keys_of


@dataclass(frozen=True, slots=True)
class Copies:
    """The copies of one process, read at its start and written while it runs."""

    restoring: Restoring
    keeping: Keeping

    async def close(self, running: "asyncio.Task[None]") -> None:
        """End what keeps them, then say what is held."""
        await self.keeping.finish(running)


def copies_of(settings: Settings, gateway: Gateway) -> Copies | None:
    """Of everything that a check needs, the smallest first."""
    if settings.copy_dir is None:
        return None
    watches = gateway.watches
    originals = [
        Original(watches.credentials, gateway.credentials),
        Original(watches.admins, gateway.admins),
        Original(watches.networks, gateway.vpn.marks),
        Original(watches.restrictions, gateway.restrictions),
    ]
    keys = [key_of(each) for each in keys_of(settings.address_key_bytes())]
    return Copies(
        Restoring(
            settings.copy_dir,
            keys,
            originals,
            after_seconds=settings.copy_after_seconds,
            most_seconds=settings.copy_max_age_seconds,
        ),
        Keeping(settings.copy_dir, keys[0], originals),
    )
