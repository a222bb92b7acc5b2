"""Every query: what is asked on a subject, and what is answered."""

from dataclasses import dataclass

from banstream_contracts import abuse_queries as abuse
from banstream_contracts import notifier_queries as notifier
from banstream_contracts import queries, subjects
from banstream_contracts.infractions import Contract


@dataclass(frozen=True, slots=True)
class QuerySpec:
    """What is asked on a subject, and what is answered."""

    subject: str
    query: type[Contract]
    reply: type[Contract]


QUERIES = (
    QuerySpec(subjects.QUERY_INFRACTION, queries.GetInfraction, queries.InfractionFound),
    QuerySpec(subjects.QUERY_INFRACTIONS, queries.ListInfractions, queries.InfractionPage),
    QuerySpec(subjects.QUERY_HISTORY, queries.GetHistory, queries.HistoryPage),
    QuerySpec(subjects.QUERY_COMMAND, queries.GetCommand, queries.CommandFound),
    QuerySpec(subjects.QUERY_CREDENTIALS, queries.ListCredentials, queries.CredentialPage),
    QuerySpec(subjects.QUERY_REQUESTS, queries.ListRequests, queries.RequestPage),
    QuerySpec(subjects.QUERY_STATUS, queries.GetStatus, queries.InfractionsStatus),
    QuerySpec(subjects.QUERY_ABUSE, abuse.GetAbuse, abuse.AbuseFound),
    QuerySpec(subjects.QUERY_INCIDENT, abuse.FindIncident, abuse.IncidentFound),
    QuerySpec(subjects.QUERY_POLICIES, abuse.ListPolicies, abuse.PolicyList),
    QuerySpec(subjects.QUERY_POLICY, abuse.GetPolicy, abuse.PolicyFound),
    QuerySpec(subjects.QUERY_PROTECTED, abuse.ListProtected, abuse.ProtectedPage),
    QuerySpec(subjects.QUERY_ABUSE_COMMAND, queries.GetCommand, queries.CommandFound),
    QuerySpec(subjects.QUERY_ABUSE_STATUS, queries.GetStatus, queries.ServiceStatus),
    QuerySpec(subjects.QUERY_TARGET, notifier.GetTarget, notifier.TargetFound),
    QuerySpec(subjects.QUERY_TARGETS, notifier.ListTargets, notifier.TargetPage),
    QuerySpec(subjects.QUERY_DELIVERIES, notifier.ListDeliveries, notifier.DeliveryPage),
    QuerySpec(subjects.QUERY_NOTIFIER_COMMAND, queries.GetCommand, queries.CommandFound),
    QuerySpec(subjects.QUERY_NOTIFIER_STATUS, queries.GetStatus, queries.ServiceStatus),
)
