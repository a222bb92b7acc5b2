"""The route that takes back what somebody did."""

from banstream_gateway.endpoints import ADMIN, Endpoint
from banstream_gateway.native import undoing
from banstream_gateway.native.undoing_answers import UndoingAnswer
from banstream_gateway.native.undoing_requests import UndoingRequest

UNDOING = [
    Endpoint(
        "POST",
        "/v1/undo",
        undoing.undo,
        "Take back what somebody did to infractions, a page at a time: what they issued or imported is lifted, what"
        " they lifted is reinstated, what they changed is put back. What somebody else has decided on since stays."
        " Needs the scope punish too.",
        frozenset({ADMIN}),
        body=UndoingRequest,
        answers={200: UndoingAnswer},
    ),
]
