"""One endpoint as data, and the frame around its handler: admit, read, answer."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar, cast

from aiohttp import web
from pydantic import BaseModel, ValidationError

from banstream_contracts.infractions import Credential
from banstream_contracts.players import Player
from banstream_gateway.access import PATH_TOKEN, Door
from banstream_gateway.addresses import Addresses
from banstream_gateway.bodies import Bodies
from banstream_gateway.clean import CleanAnswers
from banstream_gateway.credentials import Credentials
from banstream_gateway.feed import Feed
from banstream_gateway.intake import Intake
from banstream_gateway.metrics import Metrics
from banstream_gateway.problems import Forbidden, invalid, invalid_fields
from banstream_gateway.queries import Queries
from banstream_gateway.requests import NoQuery
from banstream_gateway.restrictions import Restrictions

_SHORT_ID = re.compile(r"[0-9a-f]{24}")

CHECK, PUNISH, ADMIN = "check", "punish", "admin"


@dataclass(frozen=True, slots=True)
class Gateway:
    """What handlers work with."""

    restrictions: Restrictions
    credentials: Credentials
    feeds: tuple[Feed, ...]
    door: Door
    bodies: Bodies
    intake: Intake
    queries: Queries
    addresses: Addresses
    metrics: Metrics
    clean: CleanAnswers
    flask_clean: CleanAnswers
    position_seconds: float
    is_connected: Callable[[], bool]


@dataclass(slots=True)
class Call:
    """One request that was let in and read."""

    request: web.Request
    gateway: Gateway
    endpoint: "Endpoint"
    admitted: Credential | None
    body: Any
    query: Any

    @property
    def credential(self) -> Credential:
        """Who asks; only of endpoints that need a scope."""
        return cast("Credential", self.admitted)

    @property
    def is_staff(self) -> bool:
        """Whether notes and address hashes may be shown."""
        return PUNISH in self.credential.scopes

    @property
    def server_id(self) -> str | None:
        """The asking server, when a server asks."""
        return self.credential.id if self.credential.kind == "server" else None

    def as_server(self, named: str | None) -> str | None:
        """The server to ask as. A server asks as itself; anybody else may name one."""
        if self.server_id is not None and named not in {None, self.server_id}:
            raise Forbidden("A server asks as itself.")
        return self.server_id or named

    @property
    def path(self) -> str:
        """The path without the token that it may begin with."""
        return own_path(self.request)

    def short_id(self, name: str) -> str | None:
        """A part of the path, if it is 24 hex digits."""
        return found[0] if (found := _SHORT_ID.fullmatch(self.request.match_info[name])) else None

    def path_player(self) -> Player:
        """The player that the path names."""
        match = self.request.match_info
        return read_player(match["service"], match["id"])


Handler = Callable[[Call], Awaitable[web.StreamResponse]]
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Endpoint:
    """A line of the route table: registers the route, and documents it.

    `scopes`: one of them is needed; none for everybody. `answers`: the model of each status. Hidden ones are other
    systems' protocols and pages for browsers: they read what they get by themselves.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    scopes: frozenset[str] = frozenset()
    body: type[BaseModel] | None = None
    query: type[BaseModel] = NoQuery
    answers: Mapping[int, type[BaseModel] | None] = field(default_factory=dict)
    is_hidden: bool = False

    @cached_property
    def defaults(self) -> BaseModel:
        """The query of a request that has none."""
        return self.query()

    def bound(self, gateway: Gateway) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """The handler as aiohttp calls it."""

        async def answer(request: web.Request) -> web.StreamResponse:
            credential = gateway.door.admit(request, self.scopes) if self.scopes else None
            query = self._read_query(request) if request.rel_url.raw_query_string else self.defaults
            body = await self._read_body(request, gateway) if self.body else None
            return await self.handler(Call(request, gateway, self, credential, body, query))

        return answer

    def _read_query(self, request: web.Request) -> BaseModel:
        if self.is_hidden or self.query is NoQuery:
            return self.defaults
        if len(request.query) != len(set(request.query)):
            raise invalid("query", "a parameter comes twice")
        try:
            return self.query.model_validate(dict(request.query))
        except ValidationError as error:
            raise invalid_fields(error, prefix="query.") from None

    async def _read_body(self, request: web.Request, gateway: Gateway) -> BaseModel:
        content = await gateway.bodies.json(request, refuse_duplicates=True)
        return validated(cast("type[BaseModel]", self.body), content)


def validated(model: type[Model], content: object) -> Model:
    """Read JSON values into a model. Raises Invalid."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise invalid_fields(error) from None


def read_player(service: str, player_id: str) -> Player:
    """The player that a path names. Raises Invalid."""
    try:
        return Player(service=service, id=player_id)
    except ValidationError as error:
        raise invalid_fields(error, prefix="path.") from None


def own_path(request: web.Request) -> str:
    """The path without the token that it may begin with."""
    prefix = f"/t/{request.match_info[PATH_TOKEN]}" if PATH_TOKEN in request.match_info else ""
    return request.path.removeprefix(prefix)
