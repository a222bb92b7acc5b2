"""The routes of GFLBans' plugin API."""

from banstream_gateway.gflbans.game_routes import GAME_SERVERS
from banstream_gateway.gflbans.infraction_routes import INFRACTIONS

GFLBANS = [*INFRACTIONS, *GAME_SERVERS]
