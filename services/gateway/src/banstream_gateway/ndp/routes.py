"""NDP's routes; each handler admits and reads by itself, since its token may be in the body."""

from banstream_gateway.endpoints import Endpoint, also_doubled
from banstream_gateway.ndp import bans, checks
from banstream_gateway.ndp.answers import never_emptying, speaking

NDP = [
    Endpoint("GET", "/test", checks.test, "Sign of life.", is_hidden=True),
    *also_doubled(
        [
            Endpoint(
                "GET",
                "/check_ban",
                speaking(checks.check_ban),
                "Whether somebody is banned.",
                is_hidden=True,
                admits_itself=True,
            ),
            Endpoint("GET", "/bans", never_emptying(checks.bans), "Every ban.", is_hidden=True, admits_itself=True),
            Endpoint("POST", "/add_ban", speaking(bans.add_ban), "Ban or pardon.", is_hidden=True, admits_itself=True),
        ]
    ),
]
