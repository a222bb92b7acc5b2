"""`banstream import bans --whole`: what is in the files no more is lifted."""

import asyncio

from banstream_cli.gateway.api import Api, open_api, path
from banstream_cli.gateway.paging import each
from banstream_cli.importing.sending import Report
from banstream_cli.importing.whole import Missing, cannot_tell, lift, too_many, try_lifting
from banstream_cli.settings import Settings
from banstream_cli.terminal.exits import AnswerIsNo, Stuck
from banstream_cli.terminal.output import say
from banstream_cli.terminal.progress import progress_bar


def find_missing(settings: Settings, report: Report, missing: Missing) -> None:
    """After everything was tried and before anything is sent: what is imported counts as what is in force from then on.

    Raises Trouble.
    """
    missing.refused = cannot_tell(missing.presence)
    if missing.refused:
        return
    try:
        asyncio.run(_found(settings, report, missing))
    except KeyboardInterrupt:
        say("interrupted: nothing was written")
        raise
    except (AnswerIsNo, Stuck) as trouble:
        raise _kind(trouble)(f"{trouble}; nothing was written") from trouble


def lift_missing(settings: Settings, report: Report, missing: Missing) -> None:
    """After everything was sent. Raises Trouble that says how far it came, where it did not come to the end."""
    missing.refused = missing.refused or cannot_tell(missing.presence)
    if missing.refused:
        return
    try:
        asyncio.run(_lifted(settings, report, missing))
    except KeyboardInterrupt:
        say(f"interrupted: {_how_far(report, missing)}")
        raise
    except (AnswerIsNo, Stuck) as trouble:
        raise _kind(trouble)(f"{trouble}; {_how_far(report, missing)}") from trouble


async def _found(settings: Settings, report: Report, missing: Missing) -> None:
    async with open_api(settings) as api:
        await _looked(api, missing)
        total = sum(map(len, missing.found.values()))
        with progress_bar("trying", total) as advance:
            await try_lifting(api, report, missing, lambda done: advance(done, total))
    missing.refused = too_many(missing)
    missing.is_too_many = missing.refused is not None


async def _lifted(settings: Settings, report: Report, missing: Missing) -> None:
    async with open_api(settings) as api:
        with progress_bar("lifting", missing.count) as advance:
            await lift(api, report, missing, lambda done: advance(done, missing.count))


async def _looked(api: Api, missing: Missing) -> None:
    imports = [entry async for entry in each(api, "/v1/imports") if entry.get("source") == missing.source]
    total, seen = sum(int(entry.get("infractions") or 0) for entry in imports), 0
    with progress_bar("looking", total) as advance:
        for entry in imports:
            import_id = str(entry.get("import_id"))
            async for item in each(api, path("v1", "imports", import_id, "infractions")):
                missing.look_at(import_id, item)
                seen += 1
                advance(seen, total)


def _kind(trouble: AnswerIsNo | Stuck) -> type[AnswerIsNo | Stuck]:
    return AnswerIsNo if isinstance(trouble, AnswerIsNo) else Stuck


def _how_far(report: Report, missing: Missing) -> str:
    lifted = report.outcomes["lifted"]
    return f"all rows were imported, and {lifted} of {missing.count} lifted; the same command again goes on"
