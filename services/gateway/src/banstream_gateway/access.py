"""Who asks: the credential of a request, in any of the forms that real clients can send."""

import time
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import NoReturn

import structlog
from aiohttp import web
from prometheus_client import Counter

from banstream_contracts.infractions import Credential
from banstream_edge.client_address import FORWARDED_FOR, client_address, household
from banstream_gateway.held.credentials import Credentials
from banstream_gateway.limits import Rate
from banstream_gateway.problems import Forbidden, TooMany, Unauthorized, Unavailable

PATH_TOKEN = "path_token"  # noqa: S105 - its name, not a secret
"""The part of a path that holds the secret, for clients that can set no header."""

FAILURES_PER_SECOND, FAILURES_BURST = 5, 50
_LONGEST_SECRET = 128

logger = structlog.stdlib.get_logger(__name__)


class Door:
    """Lets in who has a good credential, not too often. Secrets are never logged.

    `is_open`: whether the credentials are loaded; before that nobody can be told that theirs is wrong.
    `trusted_proxies`: how many of ours stand before this process, and say who asks.
    """

    def __init__(
        self,
        credentials: Credentials,
        rate: Rate,
        *,
        is_open: Callable[[], bool],
        rate_limited: Counter,
        refused: Counter,
        trusted_proxies: int = 0,
    ) -> None:
        self._is_open = is_open
        self._credentials = credentials
        self._rate = rate
        self._failures = Rate(FAILURES_PER_SECOND, FAILURES_BURST)
        self._rate_limited = rate_limited
        self._refused = refused
        self._trusted_proxies = trusted_proxies

    def admit(self, request: web.Request, scopes: AbstractSet[str]) -> Credential:
        """The credential of a request, which has to have one of the scopes.

        Raises Unauthorized, Forbidden, TooMany or Unavailable.
        """
        return self.let_in(request, self._identify(request), scopes)

    def let_in(self, request: web.Request, credential: Credential | None, scopes: AbstractSet[str]) -> Credential:
        """The same for a credential that a facade has found in a form of its own; None is a wrong one."""
        if credential is None:
            self._turn_away(request)
        wait = self._rate.take(credential.id, time.monotonic())
        if wait:
            self._rate_limited.labels("credential").inc()
            raise TooMany(wait)
        if scopes.isdisjoint(credential.scopes):
            logger.info("scope_missing", credential_id=credential.id, needs=sorted(scopes))
            raise Forbidden
        return credential

    def lets_in(self, credential: Credential, scope: str) -> bool:
        """Whether a credential has a scope and does not come too often; if so, this time counts."""
        return scope in credential.scopes and not self._rate.take(credential.id, time.monotonic())

    def holder(self, headers: Mapping[str, str]) -> Credential | None:
        """The credential that `Authorization` brings, if it is good; schemes have no case (RFC 9110, 11.1)."""
        match headers.get("Authorization", "").split():
            case [scheme, secret] if scheme.lower() == "bearer" and len(secret) <= _LONGEST_SECRET:
                return self._credentials.find(secret)
            case [scheme, server_id, secret] if scheme.lower() == "server" and len(secret) <= _LONGEST_SECRET:
                found = self._credentials.find(secret)
                return found if found and found.kind == "server" and found.id == server_id else None
            case _:
                return None

    def _identify(self, request: web.Request) -> Credential | None:
        path_token = request.match_info.get(PATH_TOKEN)
        return self.holder(request.headers) if path_token is None else self._credentials.find(path_token)

    def _turn_away(self, request: web.Request) -> NoReturn:
        if not self._is_open():
            raise Unavailable("The credentials are not loaded yet.")
        self._refused.inc()
        forwarded = request.headers.getall(FORWARDED_FOR, ())
        client = client_address(request.remote, forwarded, self._trusted_proxies)
        wait = self._failures.take(household(client), time.monotonic())
        if wait:
            self._rate_limited.labels("address").inc()
            raise TooMany(wait)
        logger.info("credential_refused", has_header="Authorization" in request.headers)
        raise Unauthorized
