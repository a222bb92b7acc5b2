"""What an attempt means for each infraction: receipts. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from banstream_contracts.queries.ban_files import ReceiptStatus
from banstream_ftp_sync.applying.receipts import Outcome, Receipt
from banstream_ftp_sync.choosing import Chosen

PROTECTED = "the player is protected"
_GOOD = frozenset({Outcome.UNCHANGED, Outcome.APPLIED, Outcome.DRIFTED})


@dataclass(frozen=True, slots=True)
class Standing:
    """One infraction in one file, see `BanFileReceipt`."""

    is_banned: bool
    status: ReceiptStatus
    error: str | None = None


Standings = Mapping[str, Standing]
"""By infraction."""


def is_good(outcome: Outcome) -> bool:
    """Whether the file is as far as it may be."""
    return outcome in _GOOD


def pending(before: Standings, chosen: Chosen) -> dict[str, Standing]:
    """What has to come into the file or to leave it, and was not tried yet."""
    come = [each.infraction_id for each in chosen.wanted if not _is_banned(before.get(each.infraction_id))]
    gone = [each for each in _leaving(before, chosen) if before[each].is_banned]
    return {each: Standing(is_banned=True, status=ReceiptStatus.PENDING) for each in come} | {
        each: Standing(is_banned=False, status=ReceiptStatus.PENDING) for each in gone
    }


def settled(before: Standings, chosen: Chosen, receipt: Receipt) -> dict[str, Standing]:
    """The standings that the attempt has changed."""
    after = _good(before, chosen, receipt) if is_good(receipt.outcome) else _bad(before, chosen, receipt.reason)
    after |= _protected(before, chosen, receipt)
    return {each: standing for each, standing in after.items() if before.get(each) != standing}


def newly_protected(before: Standings, chosen: Chosen) -> list[str]:
    """Bans of protected players that were not told of before."""
    return [each for each in chosen.protected if (known := before.get(each)) is None or known.error != PROTECTED]


def drifted_infractions(receipt: Receipt) -> list[str]:
    """The infractions whose lines somebody changed; keys of lines never leave this process."""
    keys = {drift.key for drift in receipt.drift}
    return sorted(each for each, key in receipt.held.items() if key in keys)


def _good(before: Standings, chosen: Chosen, receipt: Receipt) -> dict[str, Standing]:
    left = {drift.key: drift.what for drift in receipt.drift} if receipt.outcome is Outcome.DRIFTED else {}
    after = {
        each: Standing(is_banned=True, status=ReceiptStatus.DRIFTED, error=f"its line is {left[key]}")
        if key in left
        else Standing(is_banned=True, status=ReceiptStatus.APPLIED)
        for each, key in receipt.held.items()
    }
    after |= {
        each.infraction_id: Standing(is_banned=True, status=ReceiptStatus.FAILED, error=each.why)
        for each in receipt.unheld
    }
    gone = {each: Standing(is_banned=False, status=ReceiptStatus.APPLIED) for each in _leaving(before, chosen)}
    return after | gone


def _bad(before: Standings, chosen: Chosen, reason: str) -> dict[str, Standing]:
    """What was in the file is taken to be there still."""
    come = {
        each.infraction_id: Standing(is_banned=True, status=ReceiptStatus.FAILED, error=reason)
        for each in chosen.wanted
        if not _is_in(before.get(each.infraction_id))
    }
    gone = {
        each: Standing(is_banned=False, status=ReceiptStatus.FAILED, error=reason) for each in _leaving(before, chosen)
    }
    return come | gone


def _protected(before: Standings, chosen: Chosen, receipt: Receipt) -> dict[str, Standing]:
    """Never in the file; one that was in it is out of it when the attempt went well."""
    told = Standing(is_banned=False, status=ReceiptStatus.FAILED, error=PROTECTED)
    return {each: told for each in chosen.protected if is_good(receipt.outcome) or not _is_banned(before.get(each))}


def _leaving(before: Standings, chosen: Chosen) -> list[str]:
    """Of bans that are over, those whose line is or may be in the file."""
    kept = {entry.infraction_id for entry in chosen.wanted}.union(chosen.protected)
    return [
        each
        for each, known in before.items()
        if each not in kept and (known.is_banned or known.status is not ReceiptStatus.APPLIED)
    ]


def _is_banned(known: Standing | None) -> bool:
    return known is not None and known.is_banned


def _is_in(known: Standing | None) -> bool:
    """Whether the line was in the file when it was last seen."""
    is_there = {ReceiptStatus.APPLIED, ReceiptStatus.DRIFTED}
    return known is not None and known.is_banned and known.status in is_there
