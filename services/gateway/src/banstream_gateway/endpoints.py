"""One endpoint as data, and the frame around its handler: admit, read, answer."""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from http import HTTPStatus
from typing import Any, TypeVar, cast
from urllib.parse import quote, unquote_to_bytes
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, ValidationError

from banstream_contracts.infractions import Actor, Credential
from banstream_contracts.players import Player, parse_player
from banstream_gateway import whole_numbers
from banstream_gateway.access import PATH_TOKEN, Door
from banstream_gateway.addresses import Addresses
from banstream_gateway.answers import JSON
from banstream_gateway.appeal_invitations import AppealInvitations
from banstream_gateway.bodies import Bodies
from banstream_gateway.feed.push_feed import PushFeed
from banstream_gateway.game_servers.state import GameServers
from banstream_gateway.held.admins_held import Admins
from banstream_gateway.held.credentials import Credentials
from banstream_gateway.held.restrictions import Restrictions
from banstream_gateway.held.watches import Watches
from banstream_gateway.intake import Intake
from banstream_gateway.limits import Places
from banstream_gateway.metrics import Metrics
from banstream_gateway.prepared import PreparedList
from banstream_gateway.problems import Forbidden, Malformed, Unavailable, invalid, invalid_fields
from banstream_gateway.queries import Queries
from banstream_gateway.repeats import Repeats
from banstream_gateway.requests import NoQuery
from banstream_gateway.vpn.lookup import Lookup

_SHORT_ID = re.compile(r"[0-9a-f]{24}")
_MOST_ENTRIES = 2000
"""In a list of a body, more than any may have: pydantic looks at each before it says that there are too many."""

CHECK, REPORT, PUNISH, ADMIN = "check", "report", "punish", "admin"


@dataclass(frozen=True, slots=True)
class Gateway:
    """What handlers work with."""

    restrictions: Restrictions
    credentials: Credentials
    admins: Admins
    vpn: Lookup
    watches: Watches
    door: Door
    bodies: Bodies
    intake: Intake
    queries: Queries
    addresses: Addresses
    metrics: Metrics
    push: PushFeed
    ban_lists: PreparedList
    repeats: Repeats
    game_servers: GameServers
    past: Places
    position_seconds: float
    is_connected: Callable[[], bool]
    notifier_key: bytes | None = None
    ftp_sync_key: bytes | None = None
    dayz_feed_key: bytes | None = None
    guests_may_read: bool = False
    appeals: AppealInvitations | None = None

    def require_admins(self) -> None:
        """Raises Unavailable until the admins are known: before that nobody is told that somebody has no rights."""
        if not self.watches.admins.is_loaded:
            raise Unavailable("The admins are not loaded yet.")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody for whom another system vouches, without a credential of ours. `command_id` makes it happen once."""

    actor: Actor
    scopes: frozenset[str]
    command_id: UUID


@dataclass(slots=True)
class Call:
    """One request that was let in and read. `acting`: the admin in whose name a server or token does it.

    `person`: who asks, where that is no credential. `fingerprint`: of what is asked, where it may come again.
    """

    request: web.Request
    gateway: Gateway
    endpoint: "Endpoint"
    admitted: Credential | None
    body: Any
    query: Any
    acting: Player | None = None
    person: Person | None = None
    fingerprint: str | None = None

    @property
    def credential(self) -> Credential:
        """Who asks; only of endpoints that need a scope."""
        return cast("Credential", self.admitted)

    @property
    def actor(self) -> Actor:
        """Who asks, as the log names them."""
        if self.person is not None:
            return self.person.actor
        credential = self.credential
        return Actor(kind=credential.kind, id=credential.id, name=credential.name, admin=self.acting)

    @property
    def is_staff(self) -> bool:
        """Whether notes and address hashes may be shown."""
        return PUNISH in (self.person or self.credential).scopes

    @property
    def server_id(self) -> str | None:
        """The asking server, when a server asks."""
        if self.person is not None:
            return None
        return self.credential.id if self.credential.kind == "server" else None

    def as_server(self, named: str | None) -> str | None:
        """The server to ask as. A server asks as itself; anybody else may name one."""
        if self.server_id is not None and named not in {None, self.server_id}:
            raise Forbidden("A server asks as itself.")
        return self.server_id or named

    def require_server(self, server_id: str | None) -> None:
        """Raises Invalid for a server that there is not: what is done on it would be done nowhere."""
        if server_id is not None and self.gateway.credentials.kind_of(server_id) != "server":
            raise invalid("server_id", "is of no server")

    def only_staff(self) -> None:
        """Raises Forbidden for a server."""
        if self.server_id is not None:
            raise Forbidden("A server may report and read.")

    @property
    def path(self) -> str:
        """The path without the token that it may begin with."""
        return own_path(self.request)

    def own(self, path: str) -> str:
        """A path of ours as who asks can follow it: with the token where that came in the path."""
        token = self.request.match_info.get(PATH_TOKEN)
        return path if token is None else f"/t/{quote(token, '')}{path}"

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

    `scopes`: one of them is needed; none for everybody. `answers`: the model of each status. `media`: what a good
    answer comes as, where that is not one piece of JSON; such answers have no length to tell, so HEAD is refused.
    `headers`: what a client may add, and what for. `reads_itself`: the handler gets the JSON values as they came, and
    `body` documents them. `is_body_optional`: no body is as good as one without fields.
    `admits_itself`: the handler finds the credential, in the forms of its protocol.
    Hidden ones are other systems' protocols and pages for browsers: they read what they get by themselves.
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
    media: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    reads_itself: bool = False
    is_body_optional: bool = False
    admits_itself: bool = False

    @property
    def methods(self) -> tuple[str, ...]:
        """The HTTP methods that it answers."""
        is_one_piece = self.media == JSON and HTTPStatus.SWITCHING_PROTOCOLS not in self.answers
        return ("GET", "HEAD") if self.method == "GET" and is_one_piece else (self.method,)

    @cached_property
    def defaults(self) -> BaseModel:
        """The query of a request that has none."""
        return self.query()

    def bound(self, gateway: Gateway) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """The handler as aiohttp calls it."""

        async def answer(request: web.Request) -> web.StreamResponse:
            credential = gateway.door.admit(request, self.scopes) if self.scopes else None
            if "%" in request.raw_path and not self.is_hidden:
                _require_utf_8(request.raw_path)
            query = self._read_query(request) if request.rel_url.raw_query_string else self.defaults
            body = await self._read_body(request, gateway) if self.body else None
            call = Call(request, gateway, self, credential, body, query)
            response = await self.handler(call)
            if response.status == HTTPStatus.ACCEPTED and "Location" in response.headers:
                response.headers["Location"] = call.own(response.headers["Location"]) + _told_apart(call)
            return response

        return answer

    def _read_query(self, request: web.Request) -> BaseModel:
        if self.is_hidden:
            return self.defaults
        if len(request.query) != len(set(request.query)):
            raise invalid("query", "a parameter comes twice")
        try:
            return self.query.model_validate(dict(request.query))
        except ValidationError as error:
            raise invalid_fields(error, "query") from None

    async def _read_body(self, request: web.Request, gateway: Gateway) -> object:
        body = cast("type[BaseModel]", self.body)
        if self.is_body_optional and not request.body_exists:
            return body()
        content = await gateway.bodies.json(request, refuse_duplicates=True)
        _require_few(content)
        return content if self.reads_itself else validated(body, content)


def also_doubled(endpoints: Iterable[Endpoint]) -> list[Endpoint]:
    """The same, and each with two slashes in front: what a client asks for whose address was set with one at its end.

    Flask's server, which some protocols come from, takes both alike.
    """
    return [each for endpoint in endpoints for each in (endpoint, replace(endpoint, path=f"/{endpoint.path}"))]


def validated(model: type[Model], content: object) -> Model:
    """Read JSON values into a model. Raises Invalid."""
    try:
        return whole_numbers.validated(model, content)
    except ValidationError as error:
        raise invalid_fields(error) from None


def read_player(service: str, player_id: str) -> Player:
    """The player that a path names. Raises Invalid."""
    try:
        return Player(service=service, id=player_id)
    except ValidationError as error:
        raise invalid_fields(error, "path") from None


def searched_player(player: str | None) -> Player | None:
    """The player that a query names. Raises Invalid."""
    try:
        return parse_player(player) if player is not None else None
    except ValueError:
        raise invalid("query.player", "is written SERVICE:ID, with an id that the service can have") from None


def _require_few(content: object) -> None:
    """Raises Invalid for a list at whose length it is plain that its entries need no look."""
    for name, value in content.items() if isinstance(content, dict) else ():
        if isinstance(value, list) and len(value) > _MOST_ENTRIES:
            raise invalid(name, "has too many entries")


def _require_utf_8(target: str) -> None:
    """What cannot be read would stay as it is written, and be the name of nobody. Raises Malformed."""
    try:
        unquote_to_bytes(target).decode()
    except UnicodeError:
        raise Malformed("The address is not UTF-8.") from None


def _told_apart(call: Call) -> str:
    """Tells a request from another one under its id, and is too short to search for what it said."""
    return f"?request={call.fingerprint[:6]}" if call.fingerprint else ""


def own_path(request: web.Request) -> str:
    """The path without the token that it may begin with."""
    prefix = f"/t/{request.match_info[PATH_TOKEN]}" if PATH_TOKEN in request.match_info else ""
    return request.path.removeprefix(prefix)
