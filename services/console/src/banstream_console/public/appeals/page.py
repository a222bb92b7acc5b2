"""Appeals: whoever holds the code of an infraction asks staff to look again, and reads what they say.

The code comes with every form and is the only proof: there is no cookie that another site could use, and no address
that shows anything to whoever finds it in a log.
"""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from math import ceil
from typing import Any

from aiohttp import web

from banstream_console.access.commands import once_for
from banstream_console.problems.exceptions import NotThere, Refused, TooMany
from banstream_console.public.appeals.forms import LONGEST_TEXT, AppealEntry, entry_of, typed_again
from banstream_console.public.appeals.limits import LIMITS
from banstream_console.web.origins import check_origin, client_address
from banstream_console.web.site import Site, site_of
from banstream_console.web.templates import rendered
from banstream_contracts import subjects
from banstream_contracts.appeals import AppealedInfraction, AppealReason
from banstream_contracts.commands.appeals import AnswerAppeal, OpenAppeal
from banstream_contracts.infractions import Actor
from banstream_contracts.queries.appeals import AppealForm, OpenAppealForm
from banstream_contracts.results import CommandResult
from banstream_privacy.transit import seal
from banstream_runtime.identifiers import idempotent_command_id, new_id, new_short_id
from banstream_runtime.telemetry import correlation_id

PATH = "/appeal"
DOOR = Actor(kind="system", id="console", name="player")
"""Who sends a player's commands."""

_OTHERWISE = "appeal-refused"
_REFUSALS = {
    "cooling-down": "appeal-refused-wait",
    "appeal-full": "appeal-refused-full",
    "appeal-open": "appeal-refused-open",
    "appeal-decided": "appeal-refused-decided",
    "ended": "appeal-refused-ended",
}


async def ask_for_code(request: web.Request) -> web.Response:
    """The form that everybody sees: which infraction, and its code."""
    _key(site_of(request))
    typed = request.match_info.get("infraction_id", "") or request.query.get("infraction", "")
    return _page(request, _door(entry_of({"infraction": typed})))


async def take(request: web.Request) -> web.Response:
    """Any form of these pages: look, open an appeal, or answer."""
    site = site_of(request)
    _key(site)
    check_origin(request)
    entry = entry_of(await request.post())
    if entry.again == "door":
        return _page(request, _door(entry))
    found = await _found(request, site, entry)
    if found is None:
        return _page(request, _door(entry, "appeal-wrong-code"), status=403)
    if entry.again == "case":
        return _page(request, _case(entry, found, keeps=True))
    if entry.wanted == "look":
        return _page(request, _case(entry, found))
    if entry.wrong:
        return _page(request, _case(entry, found, wrong=entry.wrong, keeps=True), status=422)
    return await _carry_out(request, site, entry, found)


async def _found(request: web.Request, site: Site, entry: AppealEntry) -> AppealedInfraction | None:
    """What the code opens. Raises TooMany, and Away where nobody can say."""
    limits = request.app[LIMITS]
    address = client_address(request, site.settings.console_trusted_proxies)
    waiting = limits.wait(address, entry.infraction_id)
    if waiting:
        raise TooMany("too many attempts", ceil(waiting))
    found = None
    if entry.infraction_id and entry.code:
        question = OpenAppealForm(infraction_id=entry.infraction_id, code=entry.code)
        found = (await site.staff.questions.ask(subjects.QUERY_APPEAL_FORM, question, AppealForm)).found
    if found is None:
        limits.note_wrong(address, entry.infraction_id)
    return found


async def _carry_out(request: web.Request, site: Site, entry: AppealEntry, found: AppealedInfraction) -> web.Response:
    """Send what the form asks for, and show what has become of it."""
    command = _command(site, entry, found)
    if command is None:
        return _page(request, _case(entry, found, wrong=("appeal-refused-decided",), keeps=True), status=409)
    try:
        result: CommandResult | None = await site.staff.commands.send(command)
    except Refused as refused:
        said = _REFUSALS.get(refused.refusal.code, _OTHERWISE)
        return _page(request, _case(entry, found, wrong=(said,), keeps=True), status=409)
    if result is None:
        return _page(request, _case(entry, found, done="appeal-stored"), status=202)
    now = await site.staff.questions.ask(
        subjects.QUERY_APPEAL_FORM, OpenAppealForm(infraction_id=entry.infraction_id, code=entry.code), AppealForm
    )
    done = "appeal-opened" if entry.wanted == "open" else "appeal-answered"
    return _page(request, _case(entry, now.found or found, done=done))


def _command(site: Site, entry: AppealEntry, found: AppealedInfraction) -> OpenAppeal | AnswerAppeal | None:
    """The same form is the same command, however often it is sent; None where there is nothing to answer."""
    once = once_for(entry.once, entry.wanted, entry.reason, entry.text)
    asked: dict[str, Any] = {
        "command_id": idempotent_command_id(entry.infraction_id, once) if once else new_id(),
        "issued_at": datetime.now(UTC),
        "actor": DOOR,
        "correlation_id": correlation_id(),
        "sealed_text": seal(_key(site), entry.text),
    }
    if entry.wanted == "open" and entry.reason is not None:
        return OpenAppeal(**asked, appeal_id=new_short_id(), infraction_id=entry.infraction_id, reason=entry.reason)
    if found.appeal is None:
        return None
    return AnswerAppeal(**asked, appeal_id=found.appeal.id, side="player")


def _key(site: Site) -> bytes:
    """What texts are sealed with. Raises NotThere where the operator has set none: nothing could be taken."""
    key = site.settings.sealing_public_key
    if not key:
        raise NotThere("this console takes no appeals")
    return bytes.fromhex(key)


def _door(entry: AppealEntry, wrong: str | None = None) -> Mapping[str, Any]:
    return {"found": None, "entry": entry, "wrong": [wrong] if wrong else [], "done": None}


def _case(
    entry: AppealEntry,
    found: AppealedInfraction,
    *,
    wrong: tuple[str, ...] = (),
    done: str | None = None,
    keeps: bool = False,
) -> Mapping[str, Any]:
    """`keeps` what was typed: it was not taken."""
    return {
        "found": found,
        "entry": entry,
        "wrong": wrong,
        "done": done,
        "typed": typed_again(entry.text) if keeps else "",
        "chosen": entry.reason if keeps else None,
        "reasons": list(AppealReason),
        "longest": LONGEST_TEXT,
        "once": secrets.token_urlsafe(16),
    }


def _page(request: web.Request, content: Mapping[str, Any], status: int = 200) -> web.Response:
    """Never kept anywhere; the address stays within the site, so that a browser says where a form comes from."""
    response = rendered(request, "appeal.html", content, status=status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    return response
