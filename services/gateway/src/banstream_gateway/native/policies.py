"""Abuse policies: read, set, remove, and compare with what a game wants."""

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Any

from aiohttp import web

from banstream_contracts import subjects
from banstream_contracts.commands.abuse import RemovePolicy, SetPolicy
from banstream_contracts.policies import Policy
from banstream_contracts.policy_keys import STORAGE_KEYS, WrongKeys, canonical
from banstream_contracts.queries.abuse import GetPolicy, ListPolicies, PolicyFound, PolicyList
from banstream_contracts.text import blank_control_characters
from banstream_gateway.answers import accepted_answer, json_answer
from banstream_gateway.commands import build
from banstream_gateway.endpoints import Call, validated
from banstream_gateway.native.abuse_answers import policy_json
from banstream_gateway.native.abuse_requests import PolicyQuery, ServerQuery
from banstream_gateway.problems import Malformed, UnknownPolicy, invalid

IF_MATCH = "If-Match"
_POLICY_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_VERSION = re.compile(r'(?:W/)?"([0-9]{1,9})"|([0-9]{1,9})')
"""Proxies that pack answers make the ETag a weak one; it names the version all the same."""

_NOT_APPLIED = "A server may report and read; an administrator changes the policy."
_UNORDERED = frozenset({"servers", "reasons"})


async def search(call: Call) -> web.Response:
    """Every policy."""
    found = await call.gateway.queries.ask(subjects.QUERY_POLICIES, ListPolicies(), PolicyList)
    return json_answer({"items": [policy_json(each) for each in found.items]})


async def find(call: Call) -> web.Response:
    """One policy, with its version as ETag."""
    query: PolicyQuery = call.query
    question = GetPolicy(policy_id=_policy_id(call), version=query.version)
    found = await call.gateway.queries.ask(subjects.QUERY_POLICY, question, PolicyFound)
    if found.policy is None:
        raise UnknownPolicy
    return json_answer(policy_json(found.policy), headers=_etag(found.policy.version))


async def put(call: Call) -> web.Response:
    """Make a policy, or give it its next version."""
    policy, expected = _read(call.body), _expected(call.request)
    call.body = {"policy": call.body, "expected_version": expected}
    policy_id = call.request.match_info["policy_id"]
    command = build(call, SetPolicy, policy_id=policy_id, policy=policy, expected_version=expected)
    result = await call.gateway.intake.submit(command)
    if result is None:
        return accepted_answer(command.command_id, {})
    if result.policy is None:
        return json_answer({"policy_id": policy_id})
    return json_answer(policy_json(result.policy), headers=_etag(result.policy.version))


async def remove(call: Call) -> web.Response:
    """End a policy."""
    policy_id = _policy_id(call)
    command = build(call, RemovePolicy, policy_id=policy_id)
    result = await call.gateway.intake.submit(command)
    if result is None:
        return accepted_answer(command.command_id, {})
    return json_answer({"policy_id": policy_id, "position": result.position})


async def compare(call: Call) -> web.Response:
    """Whether the policy of a server says what its game wants, in what the game says at all. Changes nothing."""
    query: ServerQuery = call.query
    server_id = call.as_server(query.server_id)
    if server_id is None:
        raise invalid("query.server_id", "a token names the server")
    wanted = _read(call.body, ignoring=STORAGE_KEYS)
    found = await call.gateway.queries.ask(subjects.QUERY_POLICY, GetPolicy(server_id=server_id), PolicyFound)
    if found.policy is None:
        raise UnknownPolicy
    differences = _differences(wanted, found.policy.policy)
    verdict = {"applied": False, "reason": _NOT_APPLIED} if differences else {"applied": True}
    return json_answer({**policy_json(found.policy), **verdict, "differences": differences})


def _read(content: object, *, ignoring: AbstractSet[str] = frozenset()) -> Policy:
    """A policy in any spelling; an empty array is Luau's empty table. Raises Malformed or Invalid."""
    table = {} if content == [] else content
    if not isinstance(table, dict):
        raise Malformed("A policy is a JSON object.")
    try:
        return validated(Policy, canonical(table, ignoring=ignoring))
    except WrongKeys as error:
        faults = [{"field": blank_control_characters(each.key), "message": each.message} for each in error.faults]
        raise Malformed("The policy has keys that cannot be taken.", errors=faults) from None


def _differences(wanted: Policy, in_force: Policy) -> dict[str, tuple[object, object]]:
    held = dict(_flat(in_force.model_dump(mode="json")))
    said = _flat(wanted.model_dump(mode="json", exclude_unset=True))
    return {key: (value, held[key]) for key, value in said if value != held[key]}


def _flat(policy: dict[str, Any]) -> Iterator[tuple[str, object]]:
    """Values by key, thresholds one by one."""
    for key, value in policy.items():
        if key == "thresholds":
            yield from ((f"{key}.{name}", count) for name, count in value.items())
        else:
            yield key, sorted(value) if key in _UNORDERED else value


def _policy_id(call: Call) -> str:
    policy_id = call.request.match_info["policy_id"]
    if not _POLICY_ID.fullmatch(policy_id):
        raise UnknownPolicy
    return policy_id


def _expected(request: web.Request) -> int | None:
    """The version that a client has seen."""
    text = request.headers.get(IF_MATCH)
    if text is None:
        return None
    found = _VERSION.fullmatch(text.strip())
    if found is None:
        raise Malformed(f"{IF_MATCH} is the version of a policy, as its ETag says it.")
    return int(found[1] or found[2])


def _etag(version: int) -> dict[str, str]:
    return {"ETag": f'"{version}"'}
