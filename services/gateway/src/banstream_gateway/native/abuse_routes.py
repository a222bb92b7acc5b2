"""The routes of the abuse tracker, and of messages and kicks."""

from banstream_gateway.answers import AcceptedAnswer, ProblemAnswer
from banstream_gateway.endpoints import ADMIN, CHECK, PUNISH, REPORT, Endpoint
from banstream_gateway.native import abuse, incidents, messages, policies
from banstream_gateway.native.abuse_answers import (
    AbuseAnswer,
    ChangedAbuseAnswer,
    ComparisonAnswer,
    IncidentsAnswer,
    KickAnswer,
    MessageAnswer,
    PolicyAnswer,
    PolicyListAnswer,
    ProtectedPageAnswer,
    RemovedPolicyAnswer,
)
from banstream_gateway.native.abuse_requests import (
    AbuseQuery,
    DismissRequest,
    IncidentsRequest,
    KickRequest,
    MessageRequest,
    PolicyQuery,
    PolicyRequest,
    ProtectedQuery,
    ServerQuery,
    UnprotectRequest,
)
from banstream_gateway.requests import ReasonRequest

_REPORT = frozenset({REPORT})
_PUNISH = frozenset({PUNISH})
_ADMIN = frozenset({ADMIN})
_STAFF = frozenset({PUNISH, ADMIN})
_READ = frozenset({CHECK, REPORT, PUNISH})
_READ_POLICIES = _READ | _ADMIN

_PLAYER = "/v1/players/{service}/{id}"
_INCIDENT = "/v1/incidents/{incident_id}"
_POLICY = "/v1/policies/{policy_id}"
_PROTECTED = "/v1/protected/{service}/{id}"

INCIDENTS = [
    Endpoint(
        "POST",
        "/v1/incidents",
        incidents.report,
        "Report abuse: one incident, or up to 500. 200 where none of them is new.",
        _REPORT,
        body=IncidentsRequest,
        reads_itself=True,
        answers={200: IncidentsAnswer, 201: IncidentsAnswer, 202: AcceptedAnswer},
    ),
    Endpoint(
        "POST",
        f"{_INCIDENT}/dismiss",
        incidents.dismiss,
        "Take an incident out of the count: a false positive. Staff only.",
        _PUNISH,
        body=ReasonRequest,
        answers={200: ChangedAbuseAnswer, 202: AcceptedAnswer},
    ),
    Endpoint(
        "POST",
        f"{_INCIDENT}/restore",
        incidents.restore,
        "Undo a dismissal. Staff only.",
        _PUNISH,
        body=ReasonRequest,
        answers={200: ChangedAbuseAnswer, 202: AcceptedAnswer},
    ),
    Endpoint(
        "GET",
        f"{_PLAYER}/abuse",
        abuse.find,
        "A player's incidents, newest first, and whether a ban holds.",
        _READ,
        query=AbuseQuery,
        answers={200: AbuseAnswer},
    ),
    Endpoint(
        "POST",
        f"{_PLAYER}/abuse/dismiss",
        abuse.dismiss,
        "Take incidents of a player out of the count. Staff only.",
        _PUNISH,
        body=DismissRequest,
        answers={200: ChangedAbuseAnswer, 202: AcceptedAnswer},
    ),
]

POLICIES = [
    Endpoint("GET", "/v1/policies", policies.search, "Every policy.", _READ_POLICIES, answers={200: PolicyListAnswer}),
    Endpoint(
        "GET",
        _POLICY,
        policies.find,
        "One policy, as it holds or as it held.",
        _READ_POLICIES,
        query=PolicyQuery,
        answers={200: PolicyAnswer},
    ),
    Endpoint(
        "PUT",
        _POLICY,
        policies.put,
        "Make a policy, or replace it whole by its next version.",
        _ADMIN,
        body=PolicyRequest,
        reads_itself=True,
        headers={policies.IF_MATCH: "The version to replace; another one is 412."},
        answers={200: PolicyAnswer, 202: AcceptedAnswer, 409: ProblemAnswer, 412: ProblemAnswer},
    ),
    Endpoint(
        "DELETE",
        _POLICY,
        policies.remove,
        "End a policy; its servers fall to the default one.",
        _ADMIN,
        answers={200: RemovedPolicyAnswer, 202: AcceptedAnswer},
    ),
    Endpoint(
        "PUT",
        "/v1/servers/self/policy",
        policies.compare,
        "Whether the policy of a server says what its game wants. Changes nothing.",
        _REPORT,
        body=PolicyRequest,
        reads_itself=True,
        query=ServerQuery,
        answers={200: ComparisonAnswer},
    ),
]

PROTECTED = [
    Endpoint(
        "GET",
        "/v1/protected",
        abuse.protected,
        "Players whom policies leave alone.",
        _STAFF,
        query=ProtectedQuery,
        answers={200: ProtectedPageAnswer},
    ),
    Endpoint(
        "PUT",
        _PROTECTED,
        abuse.protect,
        "Never ban or kick a player automatically.",
        _ADMIN,
        body=ReasonRequest,
        answers={200: ChangedAbuseAnswer, 202: AcceptedAnswer},
    ),
    Endpoint(
        "DELETE",
        _PROTECTED,
        abuse.unprotect,
        "End the protection.",
        _ADMIN,
        body=UnprotectRequest,
        is_body_optional=True,
        answers={200: ChangedAbuseAnswer, 202: AcceptedAnswer},
    ),
]

MESSAGES = [
    Endpoint(
        "POST",
        "/v1/messages",
        messages.send_to_all,
        "Show a text on every server.",
        _STAFF,
        body=MessageRequest,
        answers={201: MessageAnswer, 202: AcceptedAnswer},
    ),
    Endpoint(
        "POST",
        "/v1/servers/{server_id}/messages",
        messages.send,
        "Show a text on one server.",
        _STAFF,
        body=MessageRequest,
        answers={201: MessageAnswer, 202: AcceptedAnswer},
    ),
    Endpoint(
        "POST",
        f"{_PLAYER}/kick",
        messages.kick,
        "Have a player put off one server, or off all.",
        _PUNISH,
        body=KickRequest,
        answers={201: KickAnswer, 202: AcceptedAnswer},
    ),
]

ABUSE = [*INCIDENTS, *POLICIES, *PROTECTED, *MESSAGES]
