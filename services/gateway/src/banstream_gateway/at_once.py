"""Join checks of players whom nothing restricts, answered as soon as their bytes are read.

For every request aiohttp makes a request, a writer, a future and a task, and looks for its route: that is more than
all the work of a check (docs/performance/checks.md, ADR 0022). The commonest check of each protocol needs none of it.
Whatever is not plain takes the long way through the handlers as if this module were not there: a restriction, a
credential that is not good, a rate that is used up, another form of the request, a position to wait for, a trace of
the caller's. So nothing is refused here, and everything said here would have been said there.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

from aiohttp import HttpVersion11
from aiohttp.http import RawRequestMessage

from banstream_contracts.infractions import Credential
from banstream_gateway import flask
from banstream_gateway.answers import POSITION
from banstream_gateway.clean import CleanAnswers, no_blocks, not_banned, nothing_restricts
from banstream_gateway.endpoints import CHECK, Gateway
from banstream_gateway.gflbans import auth as gflbans_auth
from banstream_gateway.gflbans import checks as gflbans
from banstream_gateway.gflbans.routing import PREFIXES
from banstream_gateway.native import checks
from banstream_gateway.ndp import access as ndp_access
from banstream_gateway.ndp import checks as ndp
from banstream_gateway.ndp.answers import allowed
from banstream_gateway.problems import Problem
from banstream_runtime.telemetry import begun, within

_TOKEN_PREFIX = "/t/"  # noqa: S105 - what stands before one
_NOT_PLAIN = ("traceparent", POSITION, "Expect", "Content-Encoding")


@dataclass(frozen=True, slots=True)
class Check:
    """The plain check of one protocol. `route` is its name in metrics and traces.

    `holder` finds the credential of a request that brings none in its path. `keys` are whom it asks about, None where
    it is not plain. Both may raise Problem or ValueError, which means the same.
    """

    route: str
    clean: CleanAnswers
    holder: Callable[[Gateway, RawRequestMessage], Credential | None]
    keys: Callable[[Gateway, Credential, RawRequestMessage, str, bytes], Sequence[str] | None]


class AtOnce:
    """Answers what it can of one gateway's checks. With `traces` they are traced as all requests are."""

    def __init__(self, gateway: Gateway, *, traces: bool) -> None:
        self._gateway = gateway
        self._traces = traces
        self._native = Check(
            "/v1/players/{service}/{id}/restrictions", CleanAnswers(nothing_restricts), _bearer, checks.plain_keys
        )
        self._checks = _checks()

    def answer(self, message: RawRequestMessage, body: bytes) -> bytes | None:
        """What to send for a request that has come whole, or None for one that takes the long way."""
        started = perf_counter()
        secret, target = _without_token(message.path)
        path = target.partition("?")[0]
        check = self._native if path.endswith("/restrictions") else self._checks.get((message.method, path))
        if check is None or not _is_plain(message):
            return None
        try:
            credential = (
                check.holder(self._gateway, message) if secret is None else self._gateway.credentials.find(secret)
            )
            keys = check.keys(self._gateway, credential, message, target, body) if credential else None
        except (Problem, ValueError):
            return None
        if credential is None or keys is None or not self._is_clean(keys):
            return None
        if not self._gateway.door.lets_in(credential, CHECK):
            return None
        if self._traces:
            _trace(message.method, check.route)
        wire = check.clean.at(self._gateway.restrictions.position)
        self._gateway.metrics.requests.observe(message.method, check.route, 200, perf_counter() - started)
        return wire

    def _is_clean(self, keys: Sequence[str]) -> bool:
        """Whether memory is sure that nothing is held for any of the keys."""
        watch = self._gateway.watches.restrictions
        return watch.is_loaded and not watch.stale_seconds() and self._gateway.restrictions.has_none_of(keys)


def _checks() -> Mapping[tuple[str, str], Check]:
    of_gflbans = CleanAnswers(no_blocks)
    found = {
        ("POST", "/check_ban"): Check("/check_ban", CleanAnswers(not_banned), _bearer, flask.plain_keys),
        ("GET", "/check_ban"): Check("/check_ban", CleanAnswers(allowed), ndp_access.plain_holder, ndp.plain_keys),
    }
    for path in (f"{prefix}/infractions/check{slash}" for prefix in PREFIXES for slash in ("", "/")):
        found["GET", path] = Check(path, of_gflbans, gflbans_auth.plain_holder, gflbans.plain_keys)
    return found


def _without_token(target: str) -> tuple[str | None, str]:
    """The secret that a path may begin with, and the rest. One that is escaped is found by nobody here."""
    if not target.startswith(_TOKEN_PREFIX):
        return None, target
    secret, _, rest = target[len(_TOKEN_PREFIX) :].partition("/")
    return secret, f"/{rest}"


def _is_plain(message: RawRequestMessage) -> bool:
    if message.version != HttpVersion11 or message.should_close or message.upgrade:
        return False
    headers = message.headers
    return not any(name in headers for name in _NOT_PLAIN)


def _bearer(gateway: Gateway, message: RawRequestMessage) -> Credential | None:
    return gateway.door.holder(message.headers)


def _trace(method: str, route: str) -> None:
    """A span without length to speak of: whether it is recorded is known before it would be of use to begin it."""
    span = begun(method, route, {})
    if span is not None:
        with within(span) as current:
            current.set_attribute("http.response.status_code", 200)
