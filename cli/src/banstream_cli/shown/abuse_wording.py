"""Events of the abuse tracker, messages and kicks, and policies in the words of a moderator."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from banstream_cli.arguments.times import show_duration
from banstream_cli.shown import appeal_event_wording

STYLES = {
    "abuse.detected": "yellow",
    "abuse.alert_raised": "bold yellow",
    "abuse.threshold_reached": "bold yellow",
    "abuse.kick_requested": "red",
    "abuse.dismissed": "green",
    "abuse.restored": "yellow",
    "abuse.count_restarted": "cyan",
    "abuse.protected": "green",
    "abuse.unprotected": "yellow",
    "policy.set": "blue",
    "policy.removed": "blue",
    "request.opened": "bold yellow",
    "request.commented": "cyan",
    "request.assigned": "cyan",
    "request.approved": "red",
    "request.rejected": "green",
    "server.message_sent": "blue",
    "player.kick_requested": "red",
    **appeal_event_wording.STYLES,
}
_WITHHELD = {"shadow": "policy in shadow", "protected": "the player is protected"}
_AS_IN_THE_SEED = ["critical for good", "high for good and review"]
_STATUS = {"coalesced": "one with another of this reason", "late": "from before what counts"}


def abuse_details(event_type: str, body: Mapping[str, Any]) -> str:
    """What an event did, but for its reason; empty for an event of another kind."""
    tell = _DETAILS.get(event_type)
    return tell(body) if tell else ""


def policy_summary(policy: object) -> str:
    """A policy in one line: `warn 3, kick 5, ban 10 for 7d`."""
    return ", ".join(_policy_parts(policy)) if isinstance(policy, Mapping) else "-"


def _policy_parts(policy: Mapping[str, Any]) -> Iterator[str]:
    given = policy.get("thresholds")
    thresholds: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    if (warn := thresholds.get("warn")) is not None:
        yield f"warn {warn}"
    if (kick := thresholds.get("kick")) is not None:
        yield f"kick {kick}" if policy.get("auto_kick", True) else f"kick {kick} (off)"
    if (ban := thresholds.get("ban")) is not None:
        yield f"ban {ban} {lasting(policy.get('ban_duration_seconds'))}"
        if not policy.get("auto_ban", True):
            yield "bans reviewed"
    if reset := policy.get("reset_after_seconds"):
        yield f"reset after {_duration(reset)}"
    if together := policy.get("coalesce_seconds"):
        yield f"coalesce {together:g}s" if isinstance(together, int | float) else ""
    if (graded := list(at_once(policy.get("severities")))) != _AS_IN_THE_SEED:
        yield from graded or ["nothing at once"]
    if policy.get("shadow"):
        yield "shadow"


def at_once(severities: object) -> Iterator[str]:
    """What severities bring by themselves: `critical for good`, `high for 7d and review`."""
    for severity, rule in severities.items() if isinstance(severities, Mapping) else ():
        if isinstance(rule, Mapping):
            reviewed = " and review" if rule.get("review") else ""
            yield f"{severity} {lasting(rule.get('ban_duration_seconds'))}{reviewed}"


def lasting(seconds: object) -> str:
    """How long a ban holds."""
    return "for good" if seconds is None else f"for {_duration(seconds)}"


def _detected(body: Mapping[str, Any]) -> str:
    weight = body.get("counted") or 0
    how = _STATUS.get(str(body.get("status"))) or f"+{weight}"
    anew = ", begun anew" if body.get("restarted") else ""
    review = ", told under review" if body.get("under_review") else ""
    return f"count {body.get('count')} ({how}{anew}{review}) under {_policy(body)} on {_server(body)}"


def _alerted(body: Mapping[str, Any]) -> str:
    severity = f" ({body.get('severity')})" if body.get("severity") else ""
    return f"{body.get('category')}{severity} on {_server(body)}"


def _reached(body: Mapping[str, Any]) -> str:
    threshold, count, limit = body.get("threshold"), body.get("count"), body.get("limit")
    at = f"{threshold} at {limit}" if count == limit else f"{threshold} at {limit} with {count}"
    helped = " by the help of credentials under review" if body.get("under_review") else ""
    return f"{at} under {_policy(body)}{helped}: {_action(body)}"


def _action(body: Mapping[str, Any]) -> str:
    match body.get("action"):
        case "ban":
            what = _ban(body.get("ban"))
        case "review":
            what = f"review, {_ban(body.get('ban'))} suggested"
        case "kick":
            what = "kick"
        case _:
            what = "warning" if body.get("threshold") == "warn" else "nothing done"
    withheld = body.get("withheld")
    return f"{what} withheld, {_WITHHELD.get(str(withheld), withheld)}" if withheld else what


def _ban(ban: object) -> str:
    return f"ban {lasting(ban.get('duration_seconds'))}" if isinstance(ban, Mapping) else "ban"


def _policy(body: Mapping[str, Any]) -> str:
    version = body.get("policy_version")
    return f"{body.get('policy_id')} v{version}" if version else str(body.get("policy_id"))


def _server(body: Mapping[str, Any]) -> str:
    server_id = body.get("server_id")
    return f"server {server_id}" if server_id else "every server"


def _taken_out(body: Mapping[str, Any]) -> str:
    ids = body.get("incident_ids")
    count = len(ids) if isinstance(ids, Sequence) else 0
    return f"{count} {'incident' if count == 1 else 'incidents'}, {body.get('total')} left"


def _names(names: object) -> str:
    return ", ".join(map(str, names)) if isinstance(names, Sequence | Mapping) else "-"


def _restarted(body: Mapping[str, Any]) -> str:
    under = _names(body.get("policy_ids") or body.get("counters"))
    return f"under {under}: infraction {body.get('infraction_id')} has ended"


def _bans(body: Mapping[str, Any]) -> str:
    return f"infractions {_names(body.get('infraction_ids'))}" if body.get("infraction_ids") else "no infraction"


def _duration(seconds: object) -> str:
    return show_duration(seconds) if isinstance(seconds, int) else f"{seconds}s"


_DETAILS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "abuse.detected": _detected,
    "abuse.alert_raised": _alerted,
    "abuse.threshold_reached": _reached,
    "abuse.kick_requested": lambda body: f"at {body.get('count')}, off {_server(body)}",
    "abuse.dismissed": _taken_out,
    "abuse.restored": _taken_out,
    "abuse.count_restarted": _restarted,
    "policy.set": lambda body: f"version {body.get('version')}: {policy_summary(body.get('policy'))}",
    "policy.removed": lambda body: f"version {body.get('version')}",
    "request.opened": lambda body: f"request {body.get('request_id')}: {_ban(body.get('suggested'))} suggested",
    "request.commented": lambda body: f"request {body.get('request_id')}",
    "request.assigned": lambda body: f"request {body.get('request_id')} to {body.get('assignee') or 'nobody'}",
    "request.approved": lambda body: f"request {body.get('request_id')}: {_bans(body)}",
    "request.rejected": lambda body: f"request {body.get('request_id')}: {_bans(body)}",
    "server.message_sent": lambda body: f"to {_server(body)}: {body.get('text')}",
    "player.kick_requested": lambda body: f"off {_server(body)}",
    **appeal_event_wording.DETAILS,
}
