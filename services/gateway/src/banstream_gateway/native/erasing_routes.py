"""The route that erases a player."""

from banstream_gateway.answers import AcceptedAnswer, ProblemAnswer
from banstream_gateway.endpoints import ADMIN, Endpoint
from banstream_gateway.native import erasing

ERASURES = [
    Endpoint(
        "POST",
        "/v1/players/{service}/{id}/erase",
        erasing.erase,
        "Make a player's personal data unreadable, for good. 409 while something restricts the player, unless `lift`.",
        frozenset({ADMIN}),
        body=erasing.ErasureRequest,
        answers={200: erasing.ErasedAnswer, 202: AcceptedAnswer, 409: ProblemAnswer},
    ),
]
