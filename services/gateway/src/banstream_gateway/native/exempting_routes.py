"""The routes that let players in from the address of an infraction."""

from banstream_contracts.infractions import Infraction
from banstream_gateway.answers import AcceptedAnswer
from banstream_gateway.endpoints import PUNISH, Endpoint
from banstream_gateway.native import infractions

_EXEMPT = "/v1/infractions/{infraction_id}/exempt/{service}/{id}"
_PUNISH = frozenset({PUNISH})

EXEMPTIONS = [
    Endpoint(
        "PUT",
        _EXEMPT,
        infractions.exempt,
        "Let a player in whom an infraction binds by the address alone. Up to 50 are exempt from one infraction.",
        _PUNISH,
        answers={200: Infraction, 202: AcceptedAnswer},
    ),
    Endpoint(
        "DELETE",
        _EXEMPT,
        infractions.end_exemption,
        "Let a player in no more, as long as the infraction binds the address.",
        _PUNISH,
        answers={200: Infraction, 202: AcceptedAnswer},
    ),
]
