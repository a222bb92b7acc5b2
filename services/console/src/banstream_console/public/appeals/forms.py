"""What the forms of appeals say, read and checked. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from banstream_contracts.appeals import AppealReason
from banstream_contracts.text import LINE_END, blank_control_characters

LONGEST_TEXT = 2000
_LONGEST_CODE = 40
_SHORT_ID = re.compile(r"[0-9a-f]{24}")
_LINES = re.compile("[\r\n\u2028\u2029⏎]+")
_ONCE = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class AppealEntry:
    """What somebody typed; `infraction_id` is empty where it cannot be one. `wanted` is what the form is for.

    `again` is what is shown again in another language, as it was filled in: the `door` or the `case` behind it.
    """

    typed_id: str
    infraction_id: str
    code: str
    wanted: str
    once: str
    reason: AppealReason | None = None
    text: str = ""
    again: str = ""
    wrong: tuple[str, ...] = field(default=())
    """The ids of the texts that say what is wrong."""


def entry_of(form: Mapping[str, Any]) -> AppealEntry:
    """The form, however it was filled in; what is no text counts as empty."""
    given = {name: value for name, value in form.items() if isinstance(value, str)}
    typed = given.get("infraction", "").strip()[:100]
    wanted = given.get("do", "")
    text = _on_one_line(given.get("text", ""))
    reason = _reason(given.get("reason", ""))
    once, again = given.get("once", ""), given.get("again", "")
    return AppealEntry(
        typed_id=blank_control_characters(typed),
        infraction_id=_id_of(typed),
        code=blank_control_characters(given.get("code", "").strip())[:_LONGEST_CODE],
        wanted=wanted if wanted in {"open", "answer"} else "look",
        once=once if _ONCE.fullmatch(once) else "",
        reason=reason,
        text=text,
        again=again if again in {"door", "case"} else "",
        wrong=_wrong(wanted, reason, text),
    )


def typed_again(text: str) -> str:
    """What was typed, for the field it came from."""
    return text.replace(LINE_END, "\n")


def _id_of(typed: str) -> str:
    found = typed.lower().replace(" ", "").replace("-", "")
    return found if _SHORT_ID.fullmatch(found) else ""


def _on_one_line(text: str) -> str:
    """Lines that say something, joined as evidence is; other control characters are blanks."""
    return LINE_END.join(line for each in _LINES.split(text) if (line := blank_control_characters(each).strip()))


def _reason(given: str) -> AppealReason | None:
    return AppealReason(given) if given in {each.value for each in AppealReason} else None


def _wrong(wanted: str, reason: AppealReason | None, text: str) -> tuple[str, ...]:
    if wanted not in {"open", "answer"}:
        return ()
    found = ["appeal-wrong-reason"] if wanted == "open" and reason is None else []
    if not text.strip():
        found.append("appeal-wrong-empty")
    if len(text) > LONGEST_TEXT:
        found.append("appeal-wrong-long")
    return tuple(found)
