"""What a page says of a problem, and of why a service did not carry out a command. Pure."""

import re
from typing import NamedTuple

from banstream_console.presentation.texts import Texts
from banstream_console.problems.exceptions import Problem, Refused, Unfit
from banstream_console.problems.field_errors import Wrong, fields_said, label_of
from banstream_contracts.results import Refusal


class _Fault(NamedTuple):
    """What a message that `pattern` begins says is wrong with one field of the form; `what` as of `Wrong`."""

    code: str
    pattern: re.Pattern[str]
    field: str
    what: str


_FAULTS = tuple(
    _Fault(code, re.compile(pattern), field, what)
    for code, pattern, field, what in (
        ("invalid-ban-file", r"another server needs its", "secret", "file-secret-anew"),
        ("invalid-ban-file", r"\w+ needs a (password|token)", "secret", "needed"),
        ("invalid-ban-file", r"(the secret is JSON|it was sealed for another key)", "secret", "sealed-otherwise"),
        ("invalid-ban-file", r"(?P<name>.+) is the same file \([0-9a-f]{24}\)$", "path", "file-same"),
        ("invalid-ban-file", r"BANSTREAM_FTP_SYNC_FOLDERS names no", "path", "file-folders"),
        ("invalid-ban-file", r"a local path begins", "path", "file-local"),
        ("invalid-ban-file", r"the format nitrado", "kind", "file-nitrado"),
        ("invalid-change", r"the infraction is the player's own", "player", "exempt-own"),
        ("invalid-change", r"at most (?P<limit>\d+) players are exempt", "player", "exempt-many"),
        ("invalid-change", r"the infraction is of no address", "player", "exempt-no-address"),
        ("invalid-change", r"the infraction is of an address alone", "address_lasts", "address-alone"),
        ("invalid-log-source", r"login: another server needs its", "secret", "file-secret-anew"),
        ("invalid-log-source", r"login: \S+ needs a secret", "secret", "needed"),
        ("invalid-log-source", r"login: the secret was sealed for another key", "secret", "sealed-otherwise"),
        ("invalid-log-source", r"login: local folders are off", "folder", "log-local"),
        ("invalid-log-source", r"rules: (?P<why>(?s:.+))", "rules", "log-rules"),
        ("invalid-target", r"the URL names a private", "url", "url-private"),
        ("invalid-target", r"the URL is not one of a Discord", "url", "url-discord"),
        ("invalid-target", r"the URL ", "url", "url-odd"),
        ("invalid-target", r"it was sealed for another key", "url", "sealed-otherwise"),
        (
            "invalid-target",
            r"no event is called (?P<event>[^;]+); did you mean (?P<close>[^?]+)",
            "events",
            "event-close",
        ),
        ("invalid-target", r"no event is called (?P<event>[^;]+)", "events", "event-unknown"),
    )
)
_SAYS_MORE = frozenset(
    {"invalid-change", "invalid-policy", "invalid-target", "invalid-ban-file", "invalid-log-source", "failed"}
)
"""Codes that stand for many reasons: the message is told beside their text."""


def wrong_of(refusal: Refusal) -> dict[str, Wrong]:
    """By field of the form that the command came from; empty where no one field is to blame."""
    for fault in _FAULTS:
        if refusal.code == fault.code and (found := fault.pattern.match(refusal.message)):
            given = {name: value for name, value in found.groupdict().items() if value is not None}
            return {fault.field: Wrong(fault.what, **given)}
    return {}


def problem_said(problem: Problem, said: Texts) -> list[str]:
    """A line each."""
    if isinstance(problem, Unfit):
        lines = [f"{label_of(name, said)}{each}" for name, each in fields_said(problem.fields, said).items()]
        return list(dict.fromkeys(lines)) or [said.say(problem.text_id)]
    if isinstance(problem.detail, Wrong):
        return [problem.detail.said(said)]
    if said.language == "en":
        return [problem.detail or said.say(problem.text_id)]
    return _refusal_said(problem.refusal, said) if isinstance(problem, Refused) else [said.say(problem.text_id)]


def _refusal_said(refusal: Refusal, said: Texts) -> list[str]:
    if wrong := wrong_of(refusal):
        return [f"{label_of(name, said)}{each.said(said)}" for name, each in wrong.items()]
    text_id = f"refused-{refusal.code}"
    if not said.knows(text_id):
        return [said.say("error-refused"), refusal.message]
    return [said.say(text_id), *([refusal.message] if refusal.code in _SAYS_MORE else [])]
