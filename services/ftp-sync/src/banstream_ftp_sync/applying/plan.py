"""What to do with a ban file that was read: all decisions of the applier. Pure.

The rules come from facts dayz-bans-discord 1.4 (one failed read wiped a whole list) and 3.3.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from banstream_ftp_sync.applying.receipts import Drift, Outcome, Policy, Receipt, Remembered
from banstream_ftp_sync.formats.editing import Desired, own_pieces
from banstream_ftp_sync.formats.shape import BanFile, Format, Rendered
from banstream_ftp_sync.formats.wanted import WantedEntry

_FEW_LINES = 3


@dataclass(frozen=True, slots=True)
class Target:
    """What stays the same during an attempt: the format, the bans, what is remembered, what may be done."""

    ban_format: Format
    wanted: Sequence[WantedEntry]
    remembered: Remembered | None = None
    policy: Policy = field(default_factory=Policy)


@dataclass(frozen=True, slots=True)
class Plan:
    """What follows from a read: `content` is what the file should be.

    `intended` is what has to be remembered before the write begins: keys that may be ours if it breaks half-way.
    """

    before: bytes | None
    content: bytes
    rendered: Rendered
    drift: tuple[Drift, ...]
    remembered: Remembered
    intended: Remembered

    @property
    def is_change(self) -> bool:
        """Whether the file has to be written; a file without bans is not created."""
        return self.content != (self.before or b"") and not (self.before is None and not self.rendered.own)

    def receipt(self, outcome: Outcome, reason: str) -> Receipt:
        """The receipt of a file that is as planned."""
        told = self.rendered
        return Receipt(outcome, reason, self.remembered, told.held, told.unheld, told.covered, told.orphans, self.drift)


def digest(content: bytes | str) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content).hexdigest()


def planned(target: Target, before: bytes | None) -> Plan | str:
    """What to do with a file that holds `before` (None: there is none), or why nothing may be done."""
    ban_format, remembered = target.ban_format, target.remembered
    file = ban_format.parse(ban_format.empty if before is None else before)
    owned = remembered.own if remembered else {}
    refusal = _unwritable(target, before) or file.refusal or _lost(target, file)
    if refusal:
        return refusal
    desired, _, _ = ban_format.desired(file, target.wanted)
    drift = drifted(ban_format, file, desired, owned)
    untouched = () if target.policy.repairs_drift else tuple(found.key for found in drift)
    rendered = ban_format.render(file, target.wanted, owned, untouched)
    refusal = _unsafe(ban_format, file, rendered, owned)
    if refusal:
        return refusal
    own: dict[str, str | None] = {key: digest(meaning) for key, meaning in rendered.own.items()}
    own |= {key: owned[key] for key in untouched}
    content = rendered.content
    foreign = len(ban_format.foreign(file, owned, desired))
    intended = dict.fromkeys(rendered.own) | dict(owned)
    return Plan(
        before,
        content,
        rendered,
        drift,
        Remembered(digest(content), len(content), foreign, own),
        Remembered(digest(before or b""), len(before or b""), foreign, intended),
    )


def drifted(
    ban_format: Format, file: BanFile, desired: Mapping[str, Desired], owned: Mapping[str, str | None]
) -> tuple[Drift, ...]:
    """Our lines that are still wanted and no longer as we left them; one that happens to be right has not drifted."""
    own = own_pieces(file.found, owned, desired, has_mark=ban_format.has_mark)
    drift = []
    for key, left in owned.items():
        if left is None or key not in desired:
            continue
        if key not in own:
            drift.append(Drift(key, "missing"))
            continue
        found = file.found[own[key][0]]
        if found and digest(found.meaning) != left and found.meaning != desired[key].found.meaning:
            drift.append(Drift(key, "changed"))
    return tuple(drift)


def is_damaged(target: Target, plan: Plan, after: bytes) -> bool:
    """Whether what was read back is a damaged file rather than one that somebody edited in that moment."""
    if plan.content.startswith(after):
        return True
    file = target.ban_format.parse(after)
    there = set(target.ban_format.foreign(file, plan.remembered.own))
    expected = target.ban_format.foreign(target.ban_format.parse(plan.content), plan.remembered.own)
    return file.refusal is not None or not there.issuperset(expected)


def _unwritable(target: Target, before: bytes | None) -> str | None:
    if before is not None:
        return None
    if not target.policy.may_create:
        return "the file is not there, and may not be created"
    if target.remembered and target.remembered.foreign and not target.policy.accepts_loss:
        return f"the file is gone, and with it {target.remembered.foreign} lines of others"
    return None


def _lost(target: Target, file: BanFile) -> str | None:
    """Far fewer lines of others than before are a sign of a failed read or a damaged file."""
    if target.remembered is None or target.policy.accepts_loss:
        return None
    before, now = target.remembered.foreign, len(target.ban_format.foreign(file, target.remembered.own))
    if before - now > _FEW_LINES and now * 2 < before:
        return f"the file has {now} lines of others where it had {before}"
    return None


def _unsafe(ban_format: Format, file: BanFile, rendered: Rendered, owned: Mapping[str, str | None]) -> str | None:
    """The new file is taken apart once more: nothing foreign may be lost, and it has to fit."""
    most = ban_format.max_bytes
    if most is not None and len(rendered.content) > most:
        return f"the list would have {len(rendered.content)} bytes, and takes {most}"
    again = ban_format.parse(rendered.content)
    before = ban_format.foreign(file, owned, rendered.own)
    after = ban_format.foreign(again, rendered.own, rendered.own)
    if again.refusal or "".join(before) != "".join(after):
        return "the new file would lose lines of others"
    return None
