"""Which routes about infractions GFLBans' plugins find here."""

from banstream_gateway.gflbans import changes, checks, infractions, lookups, policies, reads
from banstream_gateway.gflbans.routing import route

INFRACTIONS = [
    *route("GET", "/infractions/check", checks.check, "What restricts a player now."),
    *route("GET", "/infractions/stats", reads.stats, "How many infractions of each kind."),
    *route("GET", "/infractions/policies", policies.listed, "The tiering policies of a server."),
    *route("POST", "/infractions/register_policy", policies.register, "Make a tiering policy."),
    *route("POST", "/infractions/using_policy", policies.use, "Punish by a tiering policy."),
    *route("POST", "/infractions/unlink_policy", policies.unlink, "End the use of a tiering policy."),
    *route("POST", "/infractions/remove", infractions.remove, "Take punishments off a player."),
    *route("GET", "/infractions", reads.search, "Infractions of a player, newest first."),
    *route("POST", "/infractions", infractions.create, "Punish or warn a player."),
    *route("GET", "/infractions/{infraction_id}/info", reads.info, "One infraction."),
    *route("PATCH", "/infractions/{infraction_id}", changes.change, "Change an infraction."),
    *route("GET", "/gs/vpn", lookups.vpn, "Whether an address is a VPN's."),
    *route("GET", "/gs/admininfo", lookups.admin_info, "An admin's name and rights."),
]
