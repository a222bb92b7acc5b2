"""Rows as the gateway takes them: texts within their bounds and without control characters, all else checked. Pure."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import AfterValidator, AwareDatetime, model_validator

from banstream_cli.arguments.validation import first_message
from banstream_cli.importing.rows import Lifted, Rejected, Row, rejected
from banstream_contracts.infractions import Contract, LiftedBefore, Punishments, Scope, Severity
from banstream_contracts.players import Player
from banstream_contracts.text import (
    LINE_END,
    Category,
    Evidence,
    Name,
    Note,
    Reason,
    RowId,
    ShortId,
    blank_control_characters,
    control_character,
)
from banstream_privacy.addresses import canonical_address, is_nobodys

NO_REASON = "No reason was given."
_LONGEST_NAME, _LONGEST_REASON, _LONGEST_NOTE, _LONGEST_EVIDENCE, _LONGEST_CATEGORY = 128, 1024, 4096, 10_000, 64
_CUT = "…"
_LINE_ENDS = re.compile(r"\s*(?:\r\n|[\r\n\u2028\u2029])\s*")
_NO_CATEGORY = re.compile(r"[^a-z0-9_-]+")


class Mend(StrEnum):
    """What was done to a row so that it can be sent."""

    NO_REASON = "no_reason"
    REASON_CUT = "reason_cut"
    NAME_CUT = "name_cut"
    NOTE_CUT = "note_cut"
    EVIDENCE_CUT = "evidence_cut"
    CONTROL_CHARACTERS = "control_characters"


@dataclass(frozen=True, slots=True)
class Where:
    """Where imported infractions hold; None leaves it to the row, and else to the gateway (everywhere)."""

    scope: Scope | None = None
    server_id: str | None = None


@dataclass(frozen=True, slots=True)
class Sendable:
    """A row as the gateway takes it, and what was done to it for that."""

    key: str
    body: dict[str, Any]
    mended: frozenset[Mend] = frozenset()


def _address(text: str) -> str:
    address = canonical_address(text)
    if is_nobodys(address):
        raise ValueError(f"no player comes from {address}")
    return address


_Address = Annotated[str, AfterValidator(_address)]


class _Known(Contract):
    """A player as the gateway is told."""

    service: str
    id: str
    name: Name | None = None
    ip: _Address | None = None


class _Checked(Contract):
    """What the gateway would refuse as a whole request, found row by row."""

    row: RowId
    player: _Known | None = None
    ip: _Address | None = None
    punishments: Punishments
    reason: Reason
    note: Note | None = None
    evidence: Evidence | None = None
    category: Category | None = None
    severity: Severity | None = None
    scope: Scope | None = None
    server_id: ShortId | None = None
    issued_at: AwareDatetime | None = None
    issued_by: Name | None = None
    expires_at: AwareDatetime | None = None
    lifted: LiftedBefore | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.scope is Scope.SERVER and self.server_id is None:
            raise ValueError("it holds on one server and names none; --scope says where it shall hold")
        if self.issued_at and self.expires_at and self.expires_at <= self.issued_at:
            raise ValueError("it ends before it begins")
        return self


def tidied(row: Row, where: Where) -> Sendable | Rejected:
    """The row as it can be sent, or why it cannot."""
    if row.player is None and row.address is None:
        return _rejected(row, "it names neither a player nor an address")
    texts = _Texts(row)
    try:
        checked = _Checked.model_validate({**_told(row, texts), **_holds(row, where)})
    except ValueError as error:
        return _rejected(row, first_message(error))
    return Sendable(row.key, checked.model_dump(mode="json", exclude_none=True), frozenset(texts.mended))


class _Texts:
    """The texts of a row within their bounds, and what that took.

    What is cut of a reason or a name is whole in the note, which staff read.
    """

    def __init__(self, row: Row) -> None:
        self.mended: set[Mend] = set()
        self._notes: list[str] = []
        self.name = self._name(row.name, "Name")
        self.issued_by = self._name(row.issued_by, "Issued by")
        self.reason = self._reason(row.reason) or self._without_reason()
        lifted = row.lifted or Lifted()
        self.lifted_by = self._name(lifted.by, "Lifted by")
        self.lifted_reason = self._reason(lifted.reason)
        if row.player is None and self.name:
            self._notes.append(f"Name: {self.name}")
        self.evidence = self._cut(self._lines(row.evidence), _LONGEST_EVIDENCE, Mend.EVIDENCE_CUT) or None
        note = LINE_END.join(filter(None, (self._lines(row.note), *self._notes)))
        self.note = self._cut(note, _LONGEST_NOTE, Mend.NOTE_CUT) or None

    def _name(self, text: str | None, what: str) -> str | None:
        whole = self._clean(text)
        if len(whole) > _LONGEST_NAME:
            self._notes.append(f"{what}: {whole}")
        return self._cut(whole, _LONGEST_NAME, Mend.NAME_CUT) or None

    def _reason(self, text: str | None) -> str | None:
        whole = self._clean(text)
        if len(whole) > _LONGEST_REASON:
            self._notes.append(f"Reason: {whole}")
        return self._cut(whole, _LONGEST_REASON, Mend.REASON_CUT) or None

    def _without_reason(self) -> str:
        self.mended.add(Mend.NO_REASON)
        return NO_REASON

    def _lines(self, text: str | None) -> str:
        """Line ends stay visible, as in evidence of our own."""
        return self._clean(_LINE_ENDS.sub(LINE_END, text.strip()) if text else text)

    def _clean(self, text: str | None) -> str:
        if not text:
            return ""
        if control_character(text) is not None:
            self.mended.add(Mend.CONTROL_CHARACTERS)
        return blank_control_characters(text).strip()

    def _cut(self, text: str, most: int, mend: Mend) -> str:
        if len(text) <= most:
            return text
        self.mended.add(mend)
        return cut_at_word(text, most)


def cut_at_word(text: str, most: int) -> str:
    """At most so many characters, ending in … behind a whole word where one ends in the last half."""
    kept = text[: most - len(_CUT)]
    blank = kept.rfind(" ", most // 2) if text[len(kept)] != " " else -1
    return (kept[:blank] if blank > 0 else kept).rstrip() + _CUT


def _told(row: Row, texts: _Texts) -> dict[str, Any]:
    known = _player(row.player, texts.name, row.address) if row.player else None
    lifted = row.lifted and {"at": row.lifted.at, "by": texts.lifted_by, "reason": texts.lifted_reason}
    return {
        "row": row.key,
        "player": known,
        "ip": None if known else row.address,
        "punishments": row.punishments,
        "reason": texts.reason,
        "note": texts.note,
        "evidence": texts.evidence,
        "category": _category(row.category),
        "severity": row.severity,
        "issued_at": row.issued_at,
        "issued_by": texts.issued_by,
        "expires_at": row.expires_at,
        "lifted": lifted,
    }


def _player(player: Player, name: str | None, address: str | None) -> dict[str, str | None]:
    return {"service": player.service, "id": player.id, "name": name, "ip": address}


def _holds(row: Row, where: Where) -> Mapping[str, object]:
    if where.scope is not None:
        return {"scope": where.scope, "server_id": where.server_id}
    return {"scope": row.scope, "server_id": row.server_id}


def _category(text: str | None) -> str | None:
    """`Aim bot!` as the word that rules go by: `aim_bot`."""
    word = _NO_CATEGORY.sub("_", (text or "").lower()).strip("_-")
    return word[:_LONGEST_CATEGORY] or None


def _rejected(row: Row, why: str) -> Rejected:
    known = {name: value for name, value in asdict(row).items() if value is not None and value != ()}
    return rejected(f"row {row.key[:_LONGEST_NAME]}", why, json.dumps(known, ensure_ascii=True, default=str), row.key)
