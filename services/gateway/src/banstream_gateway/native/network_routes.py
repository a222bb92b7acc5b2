"""The routes of VPN answers, and of the marks that they come from."""

from banstream_gateway.answers import AcceptedAnswer, ProblemAnswer
from banstream_gateway.endpoints import ADMIN, CHECK, Endpoint
from banstream_gateway.native import networks
from banstream_gateway.native.network_answers import NetworkPageAnswer, NetworksChangedAnswer, VpnCheckAnswer
from banstream_gateway.native.network_requests import MarksRequest, NetworkQuery, UnmarkRequest, VpnQuery

_ADMIN = frozenset({ADMIN})
_NETWORKS = "/v1/networks"

NETWORKS = [
    Endpoint(
        "GET",
        "/v1/vpn",
        networks.check,
        "Whether an address is of a VPN, a host of machines or a cloud-gaming service.",
        frozenset({CHECK}),
        query=VpnQuery,
        answers={200: VpnCheckAnswer, 400: ProblemAnswer},
    ),
    Endpoint(
        "GET",
        _NETWORKS,
        networks.search,
        "Marked networks, the newest mark first.",
        _ADMIN,
        query=NetworkQuery,
        answers={200: NetworkPageAnswer},
    ),
    Endpoint(
        "POST",
        _NETWORKS,
        networks.mark,
        "Mark autonomous systems and ranges of addresses, up to 500 at once.",
        _ADMIN,
        body=MarksRequest,
        answers={200: NetworksChangedAnswer, 202: AcceptedAnswer},
    ),
    Endpoint(
        "DELETE",
        _NETWORKS,
        networks.unmark,
        "Take the marks off networks, up to 500 at once.",
        _ADMIN,
        body=UnmarkRequest,
        answers={200: NetworksChangedAnswer, 202: AcceptedAnswer},
    ),
]
