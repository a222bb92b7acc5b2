"""What several staff pages look up: the names of game servers, who is immune, and how to say things to who asks."""

from aiohttp import web

from banstream_console.presentation.texts import texts
from banstream_console.presentation.wording import Wording
from banstream_console.problems.exceptions import Away
from banstream_console.staff.infractions_in_words import Saying
from banstream_console.web.site import language_for, site_of
from banstream_contracts import subjects
from banstream_contracts.admins import Admin, Right
from banstream_contracts.players import Player
from banstream_contracts.queries.infractions import CredentialPage, ListCredentials
from banstream_contracts.queries.plugins import AdminPage, ListAdmins, ListTieringPolicies, TieringPolicyPage
from banstream_contracts.tiering import TieringPolicy

_MOST_SERVERS = 500


def saying(request: web.Request) -> Saying:
    """In the language of who asks."""
    said = texts(language_for(request))
    return Saying(said, Wording(said, site_of(request).zone))


async def server_names(request: web.Request) -> dict[str, str]:
    """By id, those in use; empty while infractions is away."""
    try:
        page = await site_of(request).staff.questions.ask(
            subjects.QUERY_CREDENTIALS, ListCredentials(kind="server", limit=_MOST_SERVERS), CredentialPage
        )
    except Away:
        return {}
    return {each.id: each.name for each in page.items if each.revoked_at is None}


async def immune(request: web.Request, player: Player) -> Admin | None:
    """The admin on game servers that a player is, if nobody punishes them without a right of its own. Raises Away."""
    page = await site_of(request).staff.questions.ask(subjects.QUERY_ADMINS, ListAdmins(), AdminPage)
    return next((each for each in page.items if each.player == player and each.may(Right.IMMUNE)), None)


async def tiering_policies(request: web.Request) -> list[TieringPolicy]:
    """Those in use; none while infractions is away."""
    try:
        page = await site_of(request).staff.questions.ask(
            subjects.QUERY_TIERING_POLICIES, ListTieringPolicies(), TieringPolicyPage
        )
    except Away:
        return []
    return list(page.items)
