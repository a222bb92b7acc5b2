"""What the stand-in gateway says of policies, incidents and protection."""

from typing import Any, TypeAlias

from aiohttp import web

from banstream_contracts.policies import Policy

Answer: TypeAlias = "tuple[int, Any]"
MOMENT = "2026-01-02T03:04:05Z"
SECONDS = 1767323045


class AbuseStandIn:
    """What the tests look at and set."""

    def __init__(self) -> None:
        self.policies: dict[str, list[dict[str, Any]]] = {}
        self.incidents: list[dict[str, Any]] = []
        self.protected_players: dict[str, dict[str, Any]] = {}
        self.reviews: list[dict[str, Any]] = []
        self.if_match: list[str | None] = []
        self.ban: dict[str, Any] = {"isBanned": False}

    def report(self, body: dict[str, Any]) -> dict[str, Any]:
        """Count an incident."""
        self.incidents.insert(0, {**body, "dismissed": False})
        count = len(self._of(body["player"]["id"]))
        return {"id": body["id"], "incident_id": body["id"], "status": "recorded", "count": count, "thresholds": []}

    async def list_policies(self, _request: web.Request, _body: Any) -> Answer:
        return 200, {"items": [_version(name, self.policies[name]) for name in sorted(self.policies)]}

    async def find_policy(self, request: web.Request, _body: Any) -> Answer:
        name = request.match_info["id"]
        if name not in self.policies:
            return _unknown("policy")
        return 200, _version(name, self.policies[name][: int(request.query.get("version", "0")) or None])

    async def put_policy(self, request: web.Request, body: Any) -> Answer:
        name, expected = request.match_info["id"], request.headers.get("If-Match")
        self.if_match.append(expected)
        versions = self.policies.get(name, [])
        if expected not in {None, str(len(versions))}:
            detail = f"the policy is at version {len(versions)}, not {expected}"
            return 412, {"type": "urn:banstream:problem:policy-changed", "title": "Refused", "detail": detail}
        self.policies[name] = [*versions, Policy.model_validate(body).model_dump(mode="json")]
        return 200, _version(name, self.policies[name])

    async def remove_policy(self, request: web.Request, _body: Any) -> Answer:
        name = request.match_info["id"]
        return (200, {"policy_id": name, "position": 7}) if self.policies.pop(name, None) else _unknown("policy")

    async def record(self, _request: web.Request, body: Any) -> Answer:
        return 201, {"position": 7, "incidents": [self.report(body)]}

    async def change_incident(self, request: web.Request, _body: Any) -> Answer:
        found = [each for each in self.incidents if each["id"] == request.match_info["incident"]]
        for each in found:
            each["dismissed"] = request.match_info["verb"] == "dismiss"
        return (200, self._standing(found[0]["player"])) if found else _unknown("incident")

    async def dismiss_all(self, request: web.Request, _body: Any) -> Answer:
        player = _player(request)
        for each in self._of(player["id"]):
            each["dismissed"] = True
        return 200, self._standing(player)

    async def abuse(self, request: web.Request, _body: Any) -> Answer:
        player = _player(request)
        begin, limit = int(request.query.get("cursor", "0")), int(request.query["limit"])
        assert limit <= 100
        records = [_record(each) for each in self.incidents if each["player"]["id"] == player["id"]]
        following = str(begin + limit) if begin + limit < len(records) else None
        policy = {"id": "default", "version": 0}
        shown = {"records": records[begin : begin + limit], "next": following, "policy": policy}
        return 200, {**self._standing(player), "count": len(self._of(player["id"])), **shown, **self.ban}

    async def protect(self, request: web.Request, body: Any) -> Answer:
        player = _player(request)
        by = {"kind": "token", "id": "0" * 24, "name": "moderator"}
        made = {"player": player, "reason": body["reason"], "protected_at": MOMENT, "protected_by": by}
        self.protected_players[player["id"]] = made
        return 200, self._standing(player)

    async def unprotect(self, request: web.Request, _body: Any) -> Answer:
        self.protected_players.pop(request.match_info["id"], None)
        return 200, self._standing(_player(request))

    async def protected(self, _request: web.Request, _body: Any) -> Answer:
        return 200, {"items": list(self.protected_players.values()), "next": None}

    async def requests_for_review(self, _request: web.Request, _body: Any) -> Answer:
        return 200, {"items": self.reviews, "next": None}

    async def on_its_way(self, _request: web.Request, _body: Any) -> Answer:
        return 201, {"message_id": "3" * 24, "position": 7}

    def _of(self, player_id: str) -> list[dict[str, Any]]:
        return [each for each in self.incidents if each["player"]["id"] == player_id and not each["dismissed"]]

    def _standing(self, player: dict[str, str]) -> dict[str, Any]:
        is_protected = player["id"] in self.protected_players
        total = len(self._of(player["id"]))
        return {"userId": player["id"], "player": player, "totalIncidents": total, "isProtected": is_protected}


def _player(request: web.Request) -> dict[str, str]:
    return {"service": request.match_info["service"], "id": request.match_info["id"]}


_GIVEN = {"details": "details", "serverId": "server_id", "underReview": "under_review"}


def _record(incident: dict[str, Any]) -> dict[str, Any]:
    known = {"reason": incident["reason"], "timestamp": SECONDS, "incidentId": incident["id"], "counted": 1}
    more = {name: incident.get(given) for name, given in _GIVEN.items()}
    return {**known, "dismissed": incident["dismissed"], **{name: value for name, value in more.items() if value}}


def _version(name: str, versions: list[dict[str, Any]]) -> dict[str, Any]:
    return {"policy_id": name, "version": len(versions), "policy": versions[-1]}


def _unknown(what: str) -> Answer:
    return 404, {"type": f"urn:banstream:problem:unknown-{what}", "title": f"There is no such {what}"}
