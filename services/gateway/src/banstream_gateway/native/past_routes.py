"""The routes that tell what was in force at a moment."""

from banstream_gateway.endpoints import CHECK, PUNISH, Endpoint
from banstream_gateway.native import past
from banstream_gateway.native.past_answers import PastPageAnswer, RestrictionsThenAnswer
from banstream_gateway.native.past_requests import PastQuery, RestrictionsQuery

PAST = [
    Endpoint(
        "GET",
        "/v1/players/{service}/{id}/restrictions",
        past.get_restrictions,
        "What restricts a player now; with `at` or `at_position`, what a check would have answered then, and every"
        " infraction of the player as it was.",
        frozenset({CHECK}),
        query=RestrictionsQuery,
        answers={200: RestrictionsThenAnswer},
    ),
    Endpoint(
        "GET",
        "/v1/in-force",
        past.list_in_force,
        "Every infraction that was in force at a moment, newest first, as it was then. A server asks by player.",
        frozenset({CHECK, PUNISH}),
        query=PastQuery,
        answers={200: PastPageAnswer},
    ),
]
