"""Whether anybody hears of a call for an admin: the notifier is asked, and remembered for a few seconds."""

from fnmatch import fnmatchcase
from time import monotonic

from banstream_contracts import subjects
from banstream_contracts.events.calls import CallOpened
from banstream_contracts.notifier_targets import Target, TargetKind, TargetStatus
from banstream_contracts.queries.notifier import ListTargets, TargetPage
from banstream_gateway.problems import Unavailable
from banstream_gateway.queries import Queries

NOT_CONFIGURED = "Call Admin is not configured on this server"
PAUSED = "Call Admin is paused on this server"

_FRESH_SECONDS = 5.0
_PAGE_LENGTH = 200
_OPENED = CallOpened.model_fields["type"].default


class CallTargets:
    """The targets of Discord, as they were a few seconds ago."""

    def __init__(self, queries: Queries) -> None:
        self._queries = queries
        self._targets: tuple[Target, ...] | None = None
        self._asked_at = -_FRESH_SECONDS

    async def silence_for(self, server_id: str) -> str | None:
        """Why nobody hears a call of a server now; None where a target of Discord takes it.

        A notifier that is away is taken to have one, as is one with a target that cannot be read: the call is kept for
        it. One that is paused or broken would tell the call when it is resumed, which is not what a player who calls
        now is to be promised.
        """
        if monotonic() - self._asked_at >= _FRESH_SECONDS:
            try:
                self._targets = await self._asked()
            except Unavailable:
                self._targets = None
            self._asked_at = monotonic()
        if self._targets is None:
            return None
        takes = [target.status for target in self._targets if _takes(target, server_id)]
        if TargetStatus.ACTIVE in takes:
            return None
        return PAUSED if takes else NOT_CONFIGURED

    async def _asked(self) -> tuple[Target, ...]:
        found: list[Target] = []
        cursor = None
        while True:
            question = ListTargets(cursor=cursor, limit=_PAGE_LENGTH)
            page = await self._queries.ask(subjects.QUERY_TARGETS, question, TargetPage)
            if page.unreadable:
                raise Unavailable("a target cannot be read")
            found += [each.target for each in page.items if each.target is not None]
            cursor = page.next
            if cursor is None:
                return tuple(found)


def _takes(target: Target, server_id: str) -> bool:
    filters = target.filters
    return (
        target.kind is TargetKind.DISCORD
        and any(fnmatchcase(_OPENED, pattern) for pattern in filters.events)
        and (not filters.servers or server_id in filters.servers)
    )
