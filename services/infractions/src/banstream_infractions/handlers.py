"""Queries over NATS: the annotation parses, one await, the answer goes back."""

from typing import Annotated

from faststream import AckPolicy
from faststream.nats import NatsRouter

from banstream_contracts import streams, subjects
from banstream_contracts.evidence import EvidenceFound, GetEvidence
from banstream_contracts.queries.appeals import (
    AppealCodeFound,
    AppealForm,
    AppealFound,
    AppealPage,
    AppealStatistics,
    GetAppeal,
    GetAppealCode,
    GetAppealStatistics,
    ListAppeals,
    OpenAppealForm,
)
from banstream_contracts.queries.ban_files import BansFound, FindBans
from banstream_contracts.queries.imports import (
    GetImport,
    ImportedPage,
    ImportFound,
    ImportPage,
    ImportPreview,
    ListImported,
    ListImports,
    PreviewImport,
)
from banstream_contracts.queries.infractions import (
    CredentialPage,
    GetHistory,
    GetInfraction,
    HistoryPage,
    InfractionFound,
    InfractionPage,
    ListCredentials,
    ListInfractions,
    ListRequests,
    RequestPage,
)
from banstream_contracts.queries.linked import GetLinked, LinkedFound
from banstream_contracts.queries.networks import ListNetworks, NetworkPage
from banstream_contracts.queries.past import GetPast, ListPast, PastFound, PastPage
from banstream_contracts.queries.plugins import (
    AdminPage,
    FindInfractions,
    FoundInfractions,
    ListAdmins,
    ListTieringPolicies,
    TieringPolicyPage,
)
from banstream_contracts.queries.requests import GetRequest, RequestFound
from banstream_contracts.queries.search import (
    GetInfractionStatistics,
    GetPersonal,
    InfractionStatistics,
    PersonalFound,
    SearchInfractions,
    SearchPage,
)
from banstream_contracts.queries.undoing import DonePage, ListDone
from banstream_contracts.queries.wall import GetWallStatistics, ListWall, WallPage, WallStatistics
from banstream_decider.in_context import InContext
from banstream_infractions.queries.reads import Reads

router = NatsRouter(ack_policy=AckPolicy.NACK_ON_ERROR)

ReadsInContext = Annotated[Reads, InContext("reads")]


@router.subscriber(subjects.QUERY_INFRACTION, queue=streams.INFRACTIONS)
async def on_infraction(query: GetInfraction, reads: ReadsInContext) -> InfractionFound:
    """One infraction."""
    return await reads.infraction(query)


@router.subscriber(subjects.QUERY_INFRACTIONS, queue=streams.INFRACTIONS)
async def on_infractions(query: ListInfractions, reads: ReadsInContext) -> InfractionPage:
    """A page of infractions."""
    return await reads.infractions(query)


@router.subscriber(subjects.QUERY_HISTORY, queue=streams.INFRACTIONS)
async def on_history(query: GetHistory, reads: ReadsInContext) -> HistoryPage:
    """A page of a player's history."""
    return await reads.history(query)


@router.subscriber(subjects.QUERY_CREDENTIALS, queue=streams.INFRACTIONS)
async def on_credentials(query: ListCredentials, reads: ReadsInContext) -> CredentialPage:
    """A page of servers or tokens."""
    return await reads.credentials(query)


@router.subscriber(subjects.QUERY_REQUESTS, queue=streams.INFRACTIONS)
async def on_requests(query: ListRequests, reads: ReadsInContext) -> RequestPage:
    """A page of requests for review."""
    return await reads.reviews.requests(query)


@router.subscriber(subjects.QUERY_REQUEST, queue=streams.INFRACTIONS)
async def on_request(query: GetRequest, reads: ReadsInContext) -> RequestFound:
    """One request for review."""
    return await reads.reviews.request(query)


@router.subscriber(subjects.QUERY_APPEALS, queue=streams.INFRACTIONS)
async def on_appeals(query: ListAppeals, reads: ReadsInContext) -> AppealPage:
    """A page of appeals."""
    return await reads.appeals.appeals(query)


@router.subscriber(subjects.QUERY_APPEAL, queue=streams.INFRACTIONS)
async def on_appeal(query: GetAppeal, reads: ReadsInContext) -> AppealFound:
    """One appeal."""
    return await reads.appeals.appeal(query)


@router.subscriber(subjects.QUERY_APPEAL_FORM, queue=streams.INFRACTIONS)
async def on_appeal_form(query: OpenAppealForm, reads: ReadsInContext) -> AppealForm:
    """What the holder of a code may see."""
    return await reads.appeals.form(query)


@router.subscriber(subjects.QUERY_APPEAL_CODE, queue=streams.INFRACTIONS)
async def on_appeal_code(query: GetAppealCode, reads: ReadsInContext) -> AppealCodeFound:
    """The code of an infraction."""
    return await reads.appeals.code(query)


@router.subscriber(subjects.QUERY_APPEAL_STATISTICS, queue=streams.INFRACTIONS)
async def on_appeal_statistics(query: GetAppealStatistics, reads: ReadsInContext) -> AppealStatistics:
    """How appeals ended."""
    return await reads.appeals.statistics(query)


@router.subscriber(subjects.QUERY_WALL, queue=streams.INFRACTIONS)
async def on_wall(query: ListWall, reads: ReadsInContext) -> WallPage:
    """A page of the wall."""
    return await reads.wall.page(query)


@router.subscriber(subjects.QUERY_WALL_STATISTICS, queue=streams.INFRACTIONS)
async def on_wall_statistics(query: GetWallStatistics, reads: ReadsInContext) -> WallStatistics:
    """Counts of the wall."""
    return await reads.wall.statistics(query)


@router.subscriber(subjects.QUERY_SEARCH, queue=streams.INFRACTIONS)
async def on_search(query: SearchInfractions, reads: ReadsInContext) -> SearchPage:
    """A page of every infraction there is."""
    return await reads.searching.search(query)


@router.subscriber(subjects.QUERY_INFRACTION_STATISTICS, queue=streams.INFRACTIONS)
async def on_infraction_statistics(query: GetInfractionStatistics, reads: ReadsInContext) -> InfractionStatistics:
    """Counts of what was issued."""
    return await reads.searching.statistics(query)


@router.subscriber(subjects.QUERY_PERSONAL, queue=streams.INFRACTIONS)
async def on_personal(query: GetPersonal, reads: ReadsInContext) -> PersonalFound:
    """Personal data of a player, sealed for consoles."""
    return await reads.personal.personal(query)


@router.subscriber(subjects.QUERY_DONE, queue=streams.INFRACTIONS)
async def on_done(query: ListDone, reads: ReadsInContext) -> DonePage:
    """A page of what somebody did."""
    return await reads.undoing.done(query)


@router.subscriber(subjects.QUERY_PAST, queue=streams.INFRACTIONS)
async def on_past(query: GetPast, reads: ReadsInContext) -> PastFound:
    """A player or an address at a moment."""
    return await reads.past.past(query)


@router.subscriber(subjects.QUERY_PAST_IN_FORCE, queue=streams.INFRACTIONS)
async def on_past_in_force(query: ListPast, reads: ReadsInContext) -> PastPage:
    """A page of everybody's infractions at a moment."""
    return await reads.past.in_force(query)


@router.subscriber(subjects.QUERY_LINKED, queue=streams.INFRACTIONS)
async def on_linked(query: GetLinked, reads: ReadsInContext) -> LinkedFound:
    """Who else is known at the addresses of a player."""
    return await reads.linked.linked(query)


@router.subscriber(subjects.QUERY_EVIDENCE, queue=streams.INFRACTIONS)
async def on_evidence(query: GetEvidence, reads: ReadsInContext) -> EvidenceFound:
    """One file of evidence."""
    return await reads.evidence.evidence(query)


@router.subscriber(subjects.QUERY_FIND, queue=streams.INFRACTIONS)
async def on_find(query: FindInfractions, reads: ReadsInContext) -> FoundInfractions:
    """A page of infractions by player or address."""
    return await reads.finding.infractions(query)


@router.subscriber(subjects.QUERY_ADMINS, queue=streams.INFRACTIONS)
async def on_admins(query: ListAdmins, reads: ReadsInContext) -> AdminPage:
    """All admins."""
    return await reads.finding.admins(query)


@router.subscriber(subjects.QUERY_TIERING_POLICIES, queue=streams.INFRACTIONS)
async def on_tiering_policies(query: ListTieringPolicies, reads: ReadsInContext) -> TieringPolicyPage:
    """Tiering policies in use."""
    return await reads.finding.tiering_policies(query)


@router.subscriber(subjects.QUERY_BANS, queue=streams.INFRACTIONS)
async def on_bans(query: FindBans, reads: ReadsInContext) -> BansFound:
    """Bans with their addresses, for ftp-sync."""
    return await reads.bans.bans(query)


@router.subscriber(subjects.QUERY_NETWORKS, queue=streams.INFRACTIONS)
async def on_networks(query: ListNetworks, reads: ReadsInContext) -> NetworkPage:
    """A page of marked networks."""
    return await reads.networks.networks(query)


@router.subscriber(subjects.QUERY_IMPORT_PREVIEW, queue=streams.INFRACTIONS)
async def on_import_preview(query: PreviewImport, reads: ReadsInContext) -> ImportPreview:
    """What an import would do."""
    return await reads.imports.preview(query)


@router.subscriber(subjects.QUERY_IMPORTS, queue=streams.INFRACTIONS)
async def on_imports(query: ListImports, reads: ReadsInContext) -> ImportPage:
    """A page of imports."""
    return await reads.imports.imports(query)


@router.subscriber(subjects.QUERY_IMPORT, queue=streams.INFRACTIONS)
async def on_import(query: GetImport, reads: ReadsInContext) -> ImportFound:
    """One import."""
    return await reads.imports.one(query)


@router.subscriber(subjects.QUERY_IMPORTED, queue=streams.INFRACTIONS)
async def on_imported(query: ListImported, reads: ReadsInContext) -> ImportedPage:
    """A page of the infractions of an import."""
    return await reads.imports.infractions(query)
