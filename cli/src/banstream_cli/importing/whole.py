"""What was imported before and is in the files no more: found, and lifted. Doing it again goes on where it stopped."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from banstream_cli.gateway.api import Api
from banstream_cli.importing.gathering import Kind, is_wanted
from banstream_cli.importing.presence import Presence
from banstream_cli.importing.sending import MOST_AT_ONCE, MOST_EXAMPLES, Progress, Report
from banstream_cli.importing.undoing import undo_only
from banstream_cli.terminal.exits import Stuck

MOST_LIFTED = 100
"""At once, unless another number is given: far more than staff lift in a day, and few enough to put back by hand."""

_OF_UNDOING = {"undone": "lifted", "accepted": "accepted", "left": "left"}
_OVER = "ended"
_LEFT = "in the files no more, and changed here since it was imported: stays as it is here"


@dataclass(slots=True)
class Missing:
    """What stands here of a source, or of some kinds of it, and what of that is in the files no more.

    `most` is how many may be lifted, None for the usual. `in_force` were imported before this run. `found` are the ids
    of those that are missing, by their import; `liftable` also their rows, of those that nobody has changed here since,
    and `examples` are the first of these. `refused` says why none of them is lifted, and `is_too_many` that nothing is
    imported either.
    """

    source: str
    kinds: frozenset[Kind] = frozenset()
    most: int | None = None
    presence: Presence = field(default_factory=Presence)
    in_force: int = 0
    found: dict[str, list[str]] = field(default_factory=dict)
    liftable: dict[str, dict[str, str]] = field(default_factory=dict)
    examples: list[dict[str, Any]] = field(default_factory=list)
    refused: str | None = None
    is_too_many: bool = False

    @property
    def count(self) -> int:
        """How many can be lifted."""
        return sum(map(len, self.liftable.values()))

    def look_at(self, import_id: str, item: Mapping[str, Any]) -> None:
        """An infraction of an import, as it stands now. Raises Stuck where it does not say where it comes from."""
        imported = item.get("imported")
        if imported is None:
            raise Stuck("the token does not see where infractions come from: it needs the scope punish too")
        infraction_id = str(item.get("id"))
        is_meant = imported.get("source") == self.source and is_wanted(item.get("punishments") or (), self.kinds)
        if item.get("status") != "active" or not is_meant:
            return
        self.in_force += 1
        if not self.presence.holds(infraction_id, str(imported.get("row"))):
            self.found.setdefault(import_id, []).append(infraction_id)

    def take(self, import_id: str, item: Mapping[str, Any]) -> None:
        """One that can be lifted."""
        self.liftable.setdefault(import_id, {})[str(item.get("infraction_id"))] = str(item.get("row"))
        if len(self.examples) < MOST_EXAMPLES:
            self.examples.append({name: item.get(name) for name in ("row", "infraction_id", "player")})

    def due(self) -> dict[str, list[str]]:
        """Those to lift, by their import: some may be in the files as it turned out when their rows were sent."""
        holds = self.presence.holds
        return {
            import_id: [each for each, row in rows.items() if not holds(each, row)]
            for import_id, rows in self.liftable.items()
        }


def cannot_tell(presence: Presence) -> str | None:
    """Why nobody knows what is missing, if so."""
    if presence.is_empty:
        return "the files hold no row"
    if presence.nameless:
        rows = "1 rejected row has" if presence.nameless == 1 else f"{presence.nameless} rejected rows have"
        return f"{rows} no id that can be read, as {presence.first_nameless}: it may be one that was imported"
    return None


def too_many(missing: Missing) -> str | None:
    """Why so many are not lifted, if so: half a file shall not free the players of the other half."""
    most = min(MOST_LIFTED, missing.in_force // 2) if missing.most is None else missing.most
    if missing.count <= most:
        return None
    limit = f"{MOST_LIFTED}, and at most a half" if missing.most is None else str(most)
    return (
        f"{missing.count} of {missing.in_force} that are in force of {missing.source} are in the files no more,"
        f" and --whole lifts at most {limit}: where that is right, say --whole-most {missing.count}"
    )


async def try_lifting(api: Api, report: Report, missing: Missing, advance: Progress) -> None:
    """Sort out what was changed here, or is over by now; nothing is written. Raises Trouble."""
    done = 0
    for import_id, ids in _batches(missing.found):
        for item in await undo_only(api, import_id, ids, _reason(missing), dry_run=True):
            if item.get("outcome") == "undone":
                missing.take(import_id, item)
            else:
                _tell(report, item)
        done += len(ids)
        advance(done)


async def lift(api: Api, report: Report, missing: Missing, advance: Progress) -> None:
    """Lift what can be; `report` says how far it came. Raises Trouble where the gateway is lost."""
    done = 0
    for import_id, ids in _batches(missing.due()):
        for item in await undo_only(api, import_id, ids, _reason(missing), dry_run=False):
            _tell(report, item)
        done += len(ids)
        advance(done)


def _tell(report: Report, item: Mapping[str, Any]) -> None:
    outcome = str(item.get("outcome"))
    if outcome != _OVER:
        why = _LEFT if outcome == "left" else str(item.get("detail") or "")
        report.take_missing(str(item.get("row")), _OF_UNDOING.get(outcome, "refused"), why)


def _batches(by_import: Mapping[str, list[str]]) -> Iterator[tuple[str, list[str]]]:
    for import_id, ids in by_import.items():
        left = iter(ids)
        while some := list(islice(left, MOST_AT_ONCE)):
            yield import_id, some


def _reason(missing: Missing) -> str:
    return f"It is no longer in {missing.source}."
