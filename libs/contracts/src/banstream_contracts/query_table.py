"""Every query: what is asked on a subject, and what is answered."""

from dataclasses import dataclass

from banstream_contracts import abuse_queries as abuse
from banstream_contracts import appeal_queries as appeals
from banstream_contracts import audit_queries as audit
from banstream_contracts import ban_file_queries as ban_files
from banstream_contracts import evidence, infraction_queries, queries, subjects
from banstream_contracts import log_source_queries as logs
from banstream_contracts import network_queries as networks
from banstream_contracts import notifier_queries as notifier
from banstream_contracts import request_queries as requests
from banstream_contracts import search_queries as search
from banstream_contracts import simulation_queries as simulation
from banstream_contracts import wall_queries as wall
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
    QuerySpec(subjects.QUERY_REQUEST, requests.GetRequest, requests.RequestFound),
    QuerySpec(subjects.QUERY_APPEALS, appeals.ListAppeals, appeals.AppealPage),
    QuerySpec(subjects.QUERY_APPEAL, appeals.GetAppeal, appeals.AppealFound),
    QuerySpec(subjects.QUERY_APPEAL_FORM, appeals.OpenAppealForm, appeals.AppealForm),
    QuerySpec(subjects.QUERY_APPEAL_CODE, appeals.GetAppealCode, appeals.AppealCodeFound),
    QuerySpec(subjects.QUERY_APPEAL_STATISTICS, appeals.GetAppealStatistics, appeals.AppealStatistics),
    QuerySpec(subjects.QUERY_FIND, infraction_queries.FindInfractions, infraction_queries.FoundInfractions),
    QuerySpec(subjects.QUERY_ADMINS, infraction_queries.ListAdmins, infraction_queries.AdminPage),
    QuerySpec(
        subjects.QUERY_TIERING_POLICIES, infraction_queries.ListTieringPolicies, infraction_queries.TieringPolicyPage
    ),
    QuerySpec(subjects.QUERY_NETWORKS, networks.ListNetworks, networks.NetworkPage),
    QuerySpec(subjects.QUERY_STATUS, queries.GetStatus, queries.InfractionsStatus),
    QuerySpec(subjects.QUERY_WALL, wall.ListWall, wall.WallPage),
    QuerySpec(subjects.QUERY_WALL_STATISTICS, wall.GetWallStatistics, wall.WallStatistics),
    QuerySpec(subjects.QUERY_SEARCH, search.SearchInfractions, search.SearchPage),
    QuerySpec(subjects.QUERY_PERSONAL, search.GetPersonal, search.PersonalFound),
    QuerySpec(subjects.QUERY_INFRACTION_STATISTICS, search.GetInfractionStatistics, search.InfractionStatistics),
    QuerySpec(subjects.QUERY_EVIDENCE, evidence.GetEvidence, evidence.EvidenceFound),
    QuerySpec(subjects.QUERY_ABUSE, abuse.GetAbuse, abuse.AbuseFound),
    QuerySpec(subjects.QUERY_INCIDENT, abuse.FindIncident, abuse.IncidentFound),
    QuerySpec(subjects.QUERY_POLICIES, abuse.ListPolicies, abuse.PolicyList),
    QuerySpec(subjects.QUERY_POLICY, abuse.GetPolicy, abuse.PolicyFound),
    QuerySpec(subjects.QUERY_PROTECTED, abuse.ListProtected, abuse.ProtectedPage),
    QuerySpec(subjects.QUERY_ABUSE_STATISTICS, abuse.GetAbuseStatistics, abuse.AbuseStatistics),
    QuerySpec(subjects.QUERY_ABUSE_COMMAND, queries.GetCommand, queries.CommandFound),
    QuerySpec(subjects.QUERY_ABUSE_STATUS, queries.GetStatus, queries.ServiceStatus),
    QuerySpec(subjects.QUERY_TARGET, notifier.GetTarget, notifier.TargetFound),
    QuerySpec(subjects.QUERY_TARGETS, notifier.ListTargets, notifier.TargetPage),
    QuerySpec(subjects.QUERY_DELIVERIES, notifier.ListDeliveries, notifier.DeliveryPage),
    QuerySpec(subjects.QUERY_NOTIFIER_COMMAND, queries.GetCommand, queries.CommandFound),
    QuerySpec(subjects.QUERY_NOTIFIER_STATUS, queries.GetStatus, queries.ServiceStatus),
    QuerySpec(subjects.QUERY_BANS, ban_files.FindBans, ban_files.BansFound),
    QuerySpec(subjects.QUERY_BAN_FILE, ban_files.GetBanFile, ban_files.BanFileFound),
    QuerySpec(subjects.QUERY_BAN_FILES, ban_files.ListBanFiles, ban_files.BanFilePage),
    QuerySpec(subjects.QUERY_BAN_FILE_RECEIPTS, ban_files.ListReceipts, ban_files.ReceiptPage),
    QuerySpec(subjects.QUERY_BAN_FILE_TEST, ban_files.TestBanFile, ban_files.BanFileTested),
    QuerySpec(subjects.QUERY_FTP_SYNC_COMMAND, queries.GetCommand, queries.CommandFound),
    QuerySpec(subjects.QUERY_FTP_SYNC_STATUS, queries.GetStatus, queries.ServiceStatus),
    QuerySpec(subjects.QUERY_LOG_SOURCE, logs.GetLogSource, logs.LogSourceFound),
    QuerySpec(subjects.QUERY_LOG_SOURCES, logs.ListLogSources, logs.LogSourcePage),
    QuerySpec(subjects.QUERY_LOG_SOURCE_TEST, logs.TestLogSource, logs.LogSourceTested),
    QuerySpec(subjects.QUERY_FINDINGS, logs.ListFindings, logs.FindingPage),
    QuerySpec(subjects.QUERY_DAYZ_COMMAND, queries.GetCommand, queries.CommandFound),
    QuerySpec(subjects.QUERY_DAYZ_STATUS, queries.GetStatus, queries.ServiceStatus),
    QuerySpec(subjects.QUERY_INFRACTIONS_EVENTS, audit.ListEvents, audit.EventPage),
    QuerySpec(subjects.QUERY_ABUSE_EVENTS, audit.ListEvents, audit.EventPage),
    QuerySpec(subjects.QUERY_NOTIFIER_EVENTS, audit.ListEvents, audit.EventPage),
    QuerySpec(subjects.QUERY_FTP_SYNC_EVENTS, audit.ListEvents, audit.EventPage),
    QuerySpec(subjects.QUERY_DAYZ_EVENTS, audit.ListEvents, audit.EventPage),
    QuerySpec(subjects.QUERY_SIMULATION, simulation.SimulatePolicy, simulation.PolicySimulated),
)
