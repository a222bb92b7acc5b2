"""Answers about appeals: to staff, and to whoever holds the code of an infraction."""

from collections.abc import Sequence
from datetime import UTC, datetime

import asyncpg
from cryptography.exceptions import InvalidTag

from banstream_contracts.appeals import Appeal, AppealAnswer, AppealedInfraction
from banstream_contracts.infractions import Infraction
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
from banstream_decider.paging import Condition, page
from banstream_infractions.domain.appeals import is_open_to_appeal
from banstream_infractions.domain.appeals_states import next_appeal_at
from banstream_infractions.domain.concerns import whose
from banstream_infractions.queries.appeals_statistics import statistics
from banstream_infractions.queries.assignees import looked_at_by
from banstream_infractions.queries.wall_sql import in_calendar
from banstream_privacy.appeal_codes import appeal_code, appeal_key, is_appeal_code
from banstream_privacy.vault import unlock, unwrapped

_SHOWN = {"punishments", "lifetime", "duration_seconds", "reason", "scope", "category", "issued_at", "expires_at"}
_OF_PLAYER = {"id", "player", "player_name", "time_left_seconds", "status", "ended_at", "position"}


class AppealReads:
    """Read-only; works on every process, leading or not."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", master_key: bytes, wait_seconds: int) -> None:
        self._pool = pool
        self._master_key = master_key
        self._code_key = appeal_key(master_key)
        self._wait_seconds = wait_seconds

    async def appeal(self, query: GetAppeal) -> AppealFound:
        """One appeal with all that was said."""
        document = await self._pool.fetchval("select document from appeals where id = $1", query.appeal_id)
        return AppealFound(appeal=await self._opened(Appeal.model_validate(document)) if document else None)

    async def appeals(self, query: ListAppeals) -> AppealPage:
        """A page, newest first, without what was said."""
        chosen: list[Condition] = [
            ("player_token = ?", query.player.token if query.player else None),
            ("infraction_id = ?", query.infraction_id),
            ("status = ?", query.status),
            looked_at_by(query),
            ("id < ?", query.cursor),
        ]
        conditions = [condition for condition in chosen if condition[1] is not None]
        found = "select document - 'answers' as document from appeals"
        rows = await page(self._pool, found, conditions, "id desc", query.limit)
        items = tuple(Appeal.model_validate(row["document"]) for row in rows[: query.limit])
        return AppealPage(items=items, next=items[-1].id if len(rows) > query.limit else None)

    async def form(self, query: OpenAppealForm) -> AppealForm:
        """What the holder of the code may see; a wrong code and an unknown infraction get the same answer."""
        infraction = await self._infraction(query.infraction_id)
        renewals = (infraction.appeal_code_renewals or 0) if infraction else 0
        is_right = is_appeal_code(self._code_key, query.infraction_id, renewals, query.code)
        if infraction is None or not is_right:
            return AppealForm(found=None)
        rows = await self._pool.fetch(
            "select document from appeals where infraction_id = $1 order by id desc", infraction.id
        )
        return AppealForm(found=await self._shown(infraction, [Appeal.model_validate(row["document"]) for row in rows]))

    async def code(self, query: GetAppealCode) -> AppealCodeFound:
        """The code as it is now."""
        infraction = await self._infraction(query.infraction_id)
        if infraction is None:
            return AppealCodeFound(code=None)
        return AppealCodeFound(code=appeal_code(self._code_key, infraction.id, infraction.appeal_code_renewals or 0))

    async def statistics(self, query: GetAppealStatistics) -> AppealStatistics:
        """How appeals ended."""
        times = {"since": query.since, "until": query.until}
        reached = {name: moment and in_calendar(moment) for name, moment in times.items()}
        return await statistics(self._pool, query.model_copy(update=reached))

    async def _infraction(self, infraction_id: str) -> Infraction | None:
        document = await self._pool.fetchval("select document from infractions where id = $1", infraction_id)
        return Infraction.model_validate(document) if document else None

    async def _shown(self, infraction: Infraction, appeals: Sequence[Appeal]) -> AppealedInfraction:
        """For the player: nothing of staff but what they say."""
        now = datetime.now(UTC)
        at = next_appeal_at(appeals, self._wait_seconds)
        newest = appeals[0] if appeals else None
        may_ever = is_open_to_appeal(infraction, now) and (newest is None or newest.status != "open")
        hidden = {name: None for name in Infraction.model_fields if name not in _SHOWN | _OF_PLAYER | {"issuer"}}
        issuer = infraction.issuer.model_copy(update={"id": "staff", "name": None, "admin": None})
        return AppealedInfraction(
            infraction=infraction.model_copy(update={**hidden, "issuer": issuer}),
            appeal=_without_staff(await self._opened(newest)) if newest else None,
            may_appeal=may_ever and (at is None or at <= now),
            may_appeal_at=at if may_ever and at and at > now else None,
        )

    async def _opened(self, appeal: Appeal) -> Appeal:
        """With what was said in clear; with nothing of it where the key was deleted or does not open."""
        person = whose(appeal.player, appeal.address_hash)
        wrapped = await self._pool.fetchval("select wrapped from person_keys where person = $1", person)
        key = unwrapped(self._master_key, person, wrapped) if wrapped else None
        answers = tuple(_in_clear(each, key, person) for each in appeal.answers)
        return appeal.model_copy(update={"answers": answers})


def _in_clear(answer: AppealAnswer, key: bytes | None, person: str) -> AppealAnswer:
    """A player who was erased and came back has another key: what was said before stays unreadable."""
    text = None
    if key and answer.sealed_text:
        try:
            text = unlock(key, person, answer.sealed_text)
        except InvalidTag:
            text = None
    return answer.model_copy(update={"text": text, "sealed_text": None})


def _without_staff(appeal: Appeal) -> Appeal:
    answers = tuple(each.model_copy(update={"by": None}) for each in appeal.answers if not each.internal)
    hidden = dict.fromkeys(("assignee", "assignee_id", "issuer", "decided_by", "player", "address_hash"))
    return appeal.model_copy(update={**hidden, "answers": answers, "answer_count": len(answers)})
