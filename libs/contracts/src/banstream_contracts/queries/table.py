"""Every query: what is asked on a subject, and what is answered."""

from dataclasses import dataclass

from banstream_contracts import evidence, subjects
from banstream_contracts.infractions import Contract
from banstream_contracts.queries import (
    abuse,
    appeals,
    audit,
    ban_files,
    imports,
    infractions,
    linked,
    networks,
    notifier,
    past,
    plugins,
    query,
    requests,
    search,
    simulation,
    undoing,
    wall,
)
from banstream_contracts.queries import log_sources as logs


@dataclass(frozen=True, slots=True)
class QuerySpec:
    """What is asked on a subject, and what is answered."""

    subject: str
    query: type[Contract]
    reply: type[Contract]


QUERIES = (
    QuerySpec(subjects.QUERY_INFRACTION, infractions.GetInfraction, infractions.InfractionFound),
    QuerySpec(subjects.QUERY_INFRACTIONS, infractions.ListInfractions, infractions.InfractionPage),
    QuerySpec(subjects.QUERY_HISTORY, infractions.GetHistory, infractions.HistoryPage),
    QuerySpec(subjects.QUERY_COMMAND, infractions.GetCommand, infractions.CommandFound),
    QuerySpec(subjects.QUERY_CREDENTIALS, infractions.ListCredentials, infractions.CredentialPage),
    QuerySpec(subjects.QUERY_REQUESTS, infractions.ListRequests, infractions.RequestPage),
    QuerySpec(subjects.QUERY_REQUEST, requests.GetRequest, requests.RequestFound),
    QuerySpec(subjects.QUERY_APPEALS, appeals.ListAppeals, appeals.AppealPage),
    QuerySpec(subjects.QUERY_APPEAL, appeals.GetAppeal, appeals.AppealFound),
    QuerySpec(subjects.QUERY_APPEAL_FORM, appeals.OpenAppealForm, appeals.AppealForm),
    QuerySpec(subjects.QUERY_APPEAL_CODE, appeals.GetAppealCode, appeals.AppealCodeFound),
    QuerySpec(subjects.QUERY_APPEAL_STATISTICS, appeals.GetAppealStatistics, appeals.AppealStatistics),
    QuerySpec(subjects.QUERY_FIND, plugins.FindInfractions, plugins.FoundInfractions),
    QuerySpec(subjects.QUERY_ADMINS, plugins.ListAdmins, plugins.AdminPage),
    QuerySpec(subjects.QUERY_TIERING_POLICIES, plugins.ListTieringPolicies, plugins.TieringPolicyPage),
    QuerySpec(subjects.QUERY_NETWORKS, networks.ListNetworks, networks.NetworkPage),
    QuerySpec(subjects.QUERY_STATUS, query.GetStatus, infractions.InfractionsStatus),
    QuerySpec(subjects.QUERY_WALL, wall.ListWall, wall.WallPage),
    QuerySpec(subjects.QUERY_WALL_STATISTICS, wall.GetWallStatistics, wall.WallStatistics),
    QuerySpec(subjects.QUERY_SEARCH, search.SearchInfractions, search.SearchPage),
    QuerySpec(subjects.QUERY_PERSONAL, search.GetPersonal, search.PersonalFound),
    QuerySpec(subjects.QUERY_INFRACTION_STATISTICS, search.GetInfractionStatistics, search.InfractionStatistics),
    QuerySpec(subjects.QUERY_IMPORT_PREVIEW, imports.PreviewImport, imports.ImportPreview),
    QuerySpec(subjects.QUERY_IMPORTS, imports.ListImports, imports.ImportPage),
    QuerySpec(subjects.QUERY_IMPORT, imports.GetImport, imports.ImportFound),
    QuerySpec(subjects.QUERY_IMPORTED, imports.ListImported, imports.ImportedPage),
    QuerySpec(subjects.QUERY_DONE, undoing.ListDone, undoing.DonePage),
    QuerySpec(subjects.QUERY_PAST, past.GetPast, past.PastFound),
    QuerySpec(subjects.QUERY_PAST_IN_FORCE, past.ListPast, past.PastPage),
    QuerySpec(subjects.QUERY_LINKED, linked.GetLinked, linked.LinkedFound),
    QuerySpec(subjects.QUERY_EVIDENCE, evidence.GetEvidence, evidence.EvidenceFound),
    QuerySpec(subjects.QUERY_ABUSE, abuse.GetAbuse, abuse.AbuseFound),
    QuerySpec(subjects.QUERY_INCIDENT, abuse.FindIncident, abuse.IncidentFound),
    QuerySpec(subjects.QUERY_POLICIES, abuse.ListPolicies, abuse.PolicyList),
    QuerySpec(subjects.QUERY_POLICY, abuse.GetPolicy, abuse.PolicyFound),
    QuerySpec(subjects.QUERY_PROTECTED, abuse.ListProtected, abuse.ProtectedPage),
    QuerySpec(subjects.QUERY_ABUSE_STATISTICS, abuse.GetAbuseStatistics, abuse.AbuseStatistics),
    QuerySpec(subjects.QUERY_ABUSE_COMMAND, infractions.GetCommand, infractions.CommandFound),
    QuerySpec(subjects.QUERY_ABUSE_STATUS, query.GetStatus, query.ServiceStatus),
    QuerySpec(subjects.QUERY_TARGET, notifier.GetTarget, notifier.TargetFound),
    QuerySpec(subjects.QUERY_TARGETS, notifier.ListTargets, notifier.TargetPage),
    QuerySpec(subjects.QUERY_DELIVERIES, notifier.ListDeliveries, notifier.DeliveryPage),
    QuerySpec(subjects.QUERY_NOTIFIER_COMMAND, infractions.GetCommand, infractions.CommandFound),
    QuerySpec(subjects.QUERY_NOTIFIER_STATUS, query.GetStatus, query.ServiceStatus),
    QuerySpec(subjects.QUERY_BANS, ban_files.FindBans, ban_files.BansFound),
    QuerySpec(subjects.QUERY_BAN_FILE, ban_files.GetBanFile, ban_files.BanFileFound),
    QuerySpec(subjects.QUERY_BAN_FILES, ban_files.ListBanFiles, ban_files.BanFilePage),
    QuerySpec(subjects.QUERY_BAN_FILE_RECEIPTS, ban_files.ListReceipts, ban_files.ReceiptPage),
    QuerySpec(subjects.QUERY_BAN_FILE_TEST, ban_files.TestBanFile, ban_files.BanFileTested),
    QuerySpec(subjects.QUERY_FTP_SYNC_COMMAND, infractions.GetCommand, infractions.CommandFound),
    QuerySpec(subjects.QUERY_FTP_SYNC_STATUS, query.GetStatus, query.ServiceStatus),
    QuerySpec(subjects.QUERY_LOG_SOURCE, logs.GetLogSource, logs.LogSourceFound),
    QuerySpec(subjects.QUERY_LOG_SOURCES, logs.ListLogSources, logs.LogSourcePage),
    QuerySpec(subjects.QUERY_LOG_SOURCE_TEST, logs.TestLogSource, logs.LogSourceTested),
    QuerySpec(subjects.QUERY_FINDINGS, logs.ListFindings, logs.FindingPage),
    QuerySpec(subjects.QUERY_DAYZ_COMMAND, infractions.GetCommand, infractions.CommandFound),
    QuerySpec(subjects.QUERY_DAYZ_STATUS, query.GetStatus, query.ServiceStatus),
    QuerySpec(subjects.QUERY_INFRACTIONS_EVENTS, audit.ListEvents, audit.EventPage),
    QuerySpec(subjects.QUERY_ABUSE_EVENTS, audit.ListEvents, audit.EventPage),
    QuerySpec(subjects.QUERY_NOTIFIER_EVENTS, audit.ListEvents, audit.EventPage),
    QuerySpec(subjects.QUERY_FTP_SYNC_EVENTS, audit.ListEvents, audit.EventPage),
    QuerySpec(subjects.QUERY_DAYZ_EVENTS, audit.ListEvents, audit.EventPage),
    QuerySpec(subjects.QUERY_SIMULATION, simulation.SimulatePolicy, simulation.PolicySimulated),
)
