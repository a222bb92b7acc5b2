"""The routes of admins."""

from banstream_gateway.answers import AcceptedAnswer
from banstream_gateway.endpoints import ADMIN, PUNISH, Endpoint
from banstream_gateway.native import admins
from banstream_gateway.native.admin_answers import AdminAnswer, AdminListAnswer
from banstream_gateway.native.admin_requests import AdminQuery, AdminRequest, RemoveAdminRequest

_ADMIN = frozenset({ADMIN})
_ONE = "/v1/admins/{service}/{id}"

ADMINS = [
    Endpoint(
        "GET",
        "/v1/admins",
        admins.listing,
        "Who may act through a game server, and what they may do there.",
        frozenset({PUNISH, ADMIN}),
        query=AdminQuery,
        answers={200: AdminListAnswer},
    ),
    Endpoint(
        "PUT",
        _ONE,
        admins.put,
        "Make a player an admin, or give an admin another name or other rights.",
        _ADMIN,
        body=AdminRequest,
        answers={200: AdminAnswer, 202: AcceptedAnswer},
    ),
    Endpoint(
        "DELETE",
        _ONE,
        admins.remove,
        "End all rights of an admin.",
        _ADMIN,
        body=RemoveAdminRequest,
        is_body_optional=True,
        answers={200: AdminAnswer, 202: AcceptedAnswer},
    ),
]
