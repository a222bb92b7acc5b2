"""Every route, as data: what registers them is what documents them."""

from banstream_contracts.infractions import Infraction
from banstream_gateway import operations
from banstream_gateway.answers import (
    AcceptedAnswer,
    AcceptedCredentialAnswer,
    BulkCheckAnswer,
    CredentialAnswer,
    CredentialPageAnswer,
    HistoryPageAnswer,
    InfractionPageAnswer,
    LiftedAnswer,
    NewCredentialAnswer,
    ProblemAnswer,
)
from banstream_gateway.endpoints import ADMIN, CHECK, PUNISH, REPORT, Endpoint
from banstream_gateway.flask import FLASK
from banstream_gateway.gflbans.routes import GFLBANS
from banstream_gateway.native import (
    administration,
    checks,
    infractions,
    players,
    polling,
    snapshots,
    streaming,
    tracking,
)
from banstream_gateway.native.abuse_routes import ABUSE
from banstream_gateway.native.admin_routes import ADMINS
from banstream_gateway.native.appeal_routes import APPEALS
from banstream_gateway.native.ban_file_routes import BAN_FILES
from banstream_gateway.native.erasing_routes import ERASURES
from banstream_gateway.native.exempting_routes import EXEMPTIONS
from banstream_gateway.native.import_routes import IMPORTS
from banstream_gateway.native.linked_routes import LINKED
from banstream_gateway.native.log_source_routes import LOG_SOURCES
from banstream_gateway.native.network_routes import NETWORKS
from banstream_gateway.native.past_routes import PAST
from banstream_gateway.native.push_answers import ExpiredAnswer, FeedAnswer, SnapshotLine, SocketFrame, StreamedEvent
from banstream_gateway.native.review_routes import REVIEWS
from banstream_gateway.native.server_status import SERVER_STATUS
from banstream_gateway.native.target_routes import TARGETS
from banstream_gateway.native.undoing_routes import UNDOING
from banstream_gateway.ndp.routes import NDP
from banstream_gateway.requests import (
    AmendRequest,
    BulkCheckRequest,
    CommandQuery,
    FeedQuery,
    InfractionQuery,
    IssueRequest,
    LiftRequest,
    PageQuery,
    PlaceQuery,
    PollQuery,
    PositionQuery,
    ReasonRequest,
    ServerRequest,
    SnapshotQuery,
    TokenRequest,
)

_CHECK = frozenset({CHECK})
_LISTEN = frozenset({CHECK, REPORT})
_PUNISH = frozenset({PUNISH})
_READ = frozenset({CHECK, PUNISH})
_ADMIN = frozenset({ADMIN})
_TRACK = frozenset({REPORT, PUNISH, ADMIN})
_INFRACTIONS = "/v1/infractions"
_INFRACTION = "/v1/infractions/{infraction_id}"
_PLAYER = "/v1/players/{service}/{id}"

CHECKS = [
    Endpoint(
        "POST",
        "/v1/check",
        checks.check_players,
        "What restricts each of up to 500 players now.",
        _CHECK,
        body=BulkCheckRequest,
        query=PositionQuery,
        answers={200: BulkCheckAnswer},
    ),
]

INFRACTIONS = [
    Endpoint(
        "POST",
        _INFRACTIONS,
        infractions.issue,
        "Punish or warn a player or an address.",
        _PUNISH,
        body=IssueRequest,
        answers={201: Infraction, 202: AcceptedAnswer, 412: ProblemAnswer},
    ),
    Endpoint(
        "GET",
        _INFRACTIONS,
        infractions.search,
        "Infractions, newest first.",
        _READ,
        query=InfractionQuery,
        answers={200: InfractionPageAnswer},
    ),
    Endpoint("GET", _INFRACTION, infractions.find, "One infraction.", _READ, answers={200: Infraction, 304: None}),
    Endpoint(
        "PATCH",
        _INFRACTION,
        infractions.amend,
        "Change an infraction.",
        _PUNISH,
        body=AmendRequest,
        answers={200: Infraction, 202: AcceptedAnswer},
    ),
    Endpoint(
        "POST",
        f"{_INFRACTION}/lift",
        infractions.lift,
        "End an infraction.",
        _PUNISH,
        body=ReasonRequest,
        answers={200: Infraction, 202: AcceptedAnswer},
    ),
    Endpoint(
        "POST",
        f"{_INFRACTION}/reinstate",
        infractions.reinstate,
        "Put a lifted infraction back in force.",
        _PUNISH,
        body=ReasonRequest,
        answers={200: Infraction, 202: AcceptedAnswer},
    ),
    Endpoint(
        "POST",
        f"{_PLAYER}/lift",
        players.lift,
        "Take punishments off a player.",
        _PUNISH,
        body=LiftRequest,
        answers={200: LiftedAnswer, 202: AcceptedAnswer},
    ),
    Endpoint(
        "GET",
        f"{_PLAYER}/history",
        players.history,
        "What happened to a player, newest first.",
        _READ,
        query=PlaceQuery,
        answers={200: HistoryPageAnswer},
    ),
    Endpoint(
        "GET",
        "/v1/commands/{command_id}",
        tracking.find,
        "What became of a command.",
        _TRACK,
        query=CommandQuery,
        answers={200: tracking.CommandAnswer},
    ),
]

ADMINISTRATION = [
    *SERVER_STATUS,
    *ERASURES,
    Endpoint(
        "POST",
        "/v1/servers",
        administration.create_server,
        "Register a game server; its key is shown once.",
        _ADMIN,
        body=ServerRequest,
        answers={201: NewCredentialAnswer, 202: AcceptedCredentialAnswer},
    ),
    Endpoint(
        "POST",
        "/v1/tokens",
        administration.create_token,
        "Make a token; it is shown once.",
        _ADMIN,
        body=TokenRequest,
        answers={201: NewCredentialAnswer, 202: AcceptedCredentialAnswer},
    ),
]
for _kind in administration.KINDS:
    ADMINISTRATION += [
        Endpoint(
            "GET",
            f"/v1/{_kind}s",
            administration.listing(_kind),
            f"Every {_kind}, newest first.",
            _ADMIN,
            query=PageQuery,
            answers={200: CredentialPageAnswer},
        ),
        Endpoint(
            "POST",
            f"/v1/{_kind}s/{{credential_id}}/rotate",
            administration.rotation(_kind),
            "Give it a new secret; the old one ends at once.",
            _ADMIN,
            answers={200: NewCredentialAnswer, 202: AcceptedCredentialAnswer, 409: ProblemAnswer},
        ),
        Endpoint(
            "DELETE",
            f"/v1/{_kind}s/{{credential_id}}",
            administration.revocation(_kind),
            "End it for good.",
            _ADMIN,
            answers={200: CredentialAnswer, 202: AcceptedAnswer},
        ),
    ]

FEED = [
    Endpoint(
        "GET",
        "/v1/feed",
        polling.poll,
        "What concerns this server after a cursor, by long polling.",
        _LISTEN,
        query=PollQuery,
        answers={200: FeedAnswer, 410: ExpiredAnswer},
    ),
    Endpoint(
        "GET",
        "/v1/feed/sse",
        streaming.server_sent_events,
        "The same as Server-Sent Events.",
        _LISTEN,
        query=FeedQuery,
        answers={200: StreamedEvent},
        media="text/event-stream",
        headers={streaming.LAST_EVENT_ID: "The `id` that came last; it wins over `cursor`."},
    ),
    Endpoint(
        "GET",
        "/v1/feed/ws",
        streaming.web_socket,
        "The same by WebSocket, a text frame of JSON for each event; what the client sends is ignored.",
        _LISTEN,
        query=FeedQuery,
        answers={101: SocketFrame},
    ),
    Endpoint(
        "GET",
        "/v1/feed/snapshot",
        snapshots.snapshot,
        "Every player with restrictions on this server, and the cursor to go on from.",
        _LISTEN,
        query=SnapshotQuery,
        answers={200: SnapshotLine},
        media="application/x-ndjson",
    ),
]

OPERATIONS = [
    Endpoint("GET", "/healthz", operations.healthz, "Whether the process answers.", is_hidden=True),
    Endpoint("GET", "/readyz", operations.readyz, "Whether checks can be answered.", is_hidden=True),
    Endpoint("GET", "/metrics", operations.metrics, "For Prometheus.", is_hidden=True),
    Endpoint("GET", "/asyncapi.json", operations.asyncapi, "The messages on the bus.", is_hidden=True),
]

ENDPOINTS = operations.described(
    [
        *CHECKS,
        *PAST,
        *LINKED,
        *INFRACTIONS,
        *EXEMPTIONS,
        *ADMINISTRATION,
        *ABUSE,
        *REVIEWS,
        *APPEALS,
        *ADMINS,
        *TARGETS,
        *BAN_FILES,
        *LOG_SOURCES,
        *NETWORKS,
        *IMPORTS,
        *UNDOING,
        *FEED,
        *FLASK,
        *NDP,
        *GFLBANS,
        *OPERATIONS,
    ]
)
