"""The route that tells who else is known at the addresses of a player."""

from banstream_gateway.endpoints import PUNISH, Endpoint
from banstream_gateway.native import linked
from banstream_gateway.native.linked_answers import LinkedAnswer

LINKED = [
    Endpoint(
        "GET",
        "/v1/players/{service}/{id}/linked",
        linked.linked,
        "Who else is known at the addresses of a player, newest first, and how much that says. Never for players.",
        frozenset({PUNISH}),
        answers={200: LinkedAnswer},
    ),
]
