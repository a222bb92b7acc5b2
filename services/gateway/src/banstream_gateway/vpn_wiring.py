"""Builds what answers about VPNs from the settings. A provider is there only with a key: no other learns an address."""

from collections.abc import Iterator

from pydantic import SecretStr
from yarl import URL

from banstream_gateway.metrics import Metrics
from banstream_gateway.settings import Settings
from banstream_gateway.vpn.asking import Http
from banstream_gateway.vpn.asn_database import AsnDatabase
from banstream_gateway.vpn.iphub import Iphub
from banstream_gateway.vpn.lookup import Lookup
from banstream_gateway.vpn.marks import Marks
from banstream_gateway.vpn.opinions import Limits, Opinions
from banstream_gateway.vpn.providers import Provider
from banstream_gateway.vpn.proxycheck import Proxycheck


def vpn_lookup(settings: Settings, metrics: Metrics) -> Lookup:
    """With the marks still empty and the database still unread."""
    limits = Limits(settings.vpn_provider_daily_budget, settings.vpn_cache_seconds, settings.vpn_cache_length)
    return Lookup(
        marks=Marks(),
        database=AsnDatabase(settings.asn_database, failed=metrics.asn_database_failures.inc),
        opinions=Opinions(
            [*_providers(settings)],
            limits,
            asked=lambda name, outcome: metrics.vpn_questions.labels(name, outcome).inc(),
        ),
        judged=lambda source: metrics.vpn_verdicts.labels(source).inc(),
        hosting_is_vpn=settings.vpn_hosting_is_vpn,
    )


def _providers(settings: Settings) -> Iterator[Provider]:
    seconds = settings.vpn_provider_timeout_seconds
    if key := _secret(settings.iphub_key):
        yield Iphub(Http(seconds), URL(str(settings.iphub_url)), key)
    if key := _secret(settings.proxycheck_key):
        yield Proxycheck(Http(seconds), URL(str(settings.proxycheck_url)), key)


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value().strip() if value is not None else ""
