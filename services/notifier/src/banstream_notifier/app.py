"""Wiring: the only place that builds things."""

from datetime import UTC, datetime
from functools import partial

import asyncpg
from faststream import FastStream
from nats.aio.client import Client

from banstream_contracts import streams
from banstream_contracts.commands.notifier import TARGET_COMMAND, AnyTargetCommand
from banstream_contracts.events.notifier import TARGET_EVENT
from banstream_contracts.notifier_targets import TargetKind
from banstream_decider import app
from banstream_decider.ports import Decider, Service
from banstream_decider.relaying import event_stream_alone
from banstream_decider.turns import alongside
from banstream_notifier import consumers
from banstream_notifier.courier import Courier, Rules
from banstream_notifier.delivering import Patience
from banstream_notifier.discord import Discord
from banstream_notifier.handlers import router
from banstream_notifier.ledger import Ledger
from banstream_notifier.outside import Resolver, open_session
from banstream_notifier.postgres import PostgresStore
from banstream_notifier.projection import TARGETS
from banstream_notifier.rate_limits import RateLimits
from banstream_notifier.reads import Reads
from banstream_notifier.record import Record
from banstream_notifier.sealing import Opener
from banstream_notifier.server_names import ServerNames
from banstream_notifier.service import deciding
from banstream_notifier.settings import NatsSettings, Settings
from banstream_notifier.teller import Teller, WebhookTeller
from banstream_notifier.telling import DiscordTeller
from banstream_runtime.identifiers import new_id


def create_app(settings: Settings | None = None, nats_settings: NatsSettings | None = None) -> FastStream:
    """The service; `faststream run banstream_notifier.app:create_app --factory` or `python -m`."""
    settings = settings or Settings()
    opener = Opener(settings.master_key, allow_private=settings.notifier_allow_private_targets)

    def decider(writer: "asyncpg.Connection[asyncpg.Record]") -> Decider[AnyTargetCommand]:
        holds = partial(consumers.holds, running.context.get("client"))
        return deciding(PostgresStore(writer, TARGETS), holds, opener, lambda: datetime.now(UTC), new_id)

    service: Service[AnyTargetCommand] = Service(
        streams.NOTIFIER,
        streams.NOTIFIER_INTAKE,
        TARGET_COMMAND,
        decider=decider,
        sinks=event_stream_alone(streams.NOTIFIER, TARGET_EVENT),
        has_targets=True,
    )
    running = app.create_app(service, router, Reads, settings, nats_settings or NatsSettings())
    alongside(running, partial(_Telling, settings, opener))
    return running


class _Telling:
    """The courier, and the session that its tellers use."""

    def __init__(self, settings: Settings, opener: Opener, client: Client) -> None:
        self._resolver = Resolver(only_public=not settings.notifier_allow_private_targets)
        self._session = open_session(settings.notifier_timeout_seconds, self._resolver)
        discord = Discord(self._session, RateLimits())
        names = ServerNames(client)

        def teller(record: Record, ledger: Ledger) -> Teller:
            destination = opener.open(record.target.kind, record.sealed_url, record.sealed_secret)
            if record.target.kind is TargetKind.DISCORD:
                return DiscordTeller(discord, destination, record, ledger, names)
            return WebhookTeller(self._session, destination)

        rules = Rules(
            Patience(settings.notifier_longest_pause_seconds, settings.notifier_give_up_seconds),
            settings.notifier_delivery_log_days,
            settings.notifier_message_days,
        )
        self._courier = Courier(settings.database_url.get_secret_value(), client, teller, rules)

    async def run(self) -> None:
        """See `Courier`."""
        async with self._session:
            await self._courier.run()

    def stop(self) -> None:
        """See `Courier`; a request whose host is not known yet is not waited for."""
        self._courier.stop()
        self._resolver.stop()
