"""Whatever is sent to a documented route, by whomever: an answer that is documented, and never a 5xx.

`BANSTREAM_FUZZ_EXAMPLES` is how many requests of each kind are tried on each route, by chance then; without it a few,
always the same.
"""

import os
from collections.abc import Iterable
from typing import Any

import pytest
import pytest_asyncio
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import load_all_checks
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import ignored_auth

from banstream_gateway.openapi import document
from banstream_gateway.routes import ENDPOINTS
from banstream_testing.steps import call
from banstream_testing.system import System
from banstream_testing.waiting import eventually

pytestmark = pytest.mark.integration

load_all_checks()
CHOSEN = os.environ.get("BANSTREAM_FUZZ_EXAMPLES")
EXAMPLES = int(CHOSEN or 2)
SCOPES = ("check", "report", "punish", "admin")
STRANGERS = ("nobody", "a wrong token", "no token", "a revoked token")
SCHEMA = schemathesis.openapi.from_dict(document(ENDPOINTS, "0.1.0"))
"""As `/openapi.json` answers, which another test compares."""
SCHEMA.config.checks.positive_data_acceptance.expected_statuses = [
    "2xx",
    "3xx",
    "400",
    "401",
    "403",
    "404",
    "409",
    "422",
    "429",
]
"""What fields mean together no schema says, nor which characters a text may hold: 400 and 422 are right then."""
OPERATIONS = {each.ok().label: each.ok() for each in SCHEMA.get_all_operations() if isinstance(each, Ok)}
STREAMS = {"GET /v1/feed/sse", "GET /v1/feed/ws"}
"""Answers that do not end where they are good: only strangers ask for these."""
FUZZ = settings(
    max_examples=EXAMPLES,
    derandomize=not CHOSEN,
    database=None,
    deadline=None,
    phases=[Phase.generate, Phase.shrink] if CHOSEN else [Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def credentials(system: System) -> tuple[str, dict[str, dict[str, str]]]:
    """The URL of a gateway, and headers by what kind of credential they hold."""
    tokens = {scope: (await minted(system, scope))["key"] for scope in SCOPES}
    revoked = await minted(system, "admin")
    removed = await call(system, "DELETE", f"/v1/tokens/{revoked['id']}", token=system.admin_token)
    assert removed.status == 200, removed
    await all_answer(system)
    return system.url, {
        "nobody": {},
        "a wrong token": {"Authorization": "Bearer bst_wrong"},
        "no token": {"Authorization": "\xe9"},
        "a revoked token": {"Authorization": f"Bearer {revoked['key']}"},
        "a server": {"Authorization": f"SERVER {system.server_id} {system.server_key}"},
        **{f"scope {scope}": {"Authorization": f"Bearer {secret}"} for scope, secret in tokens.items()},
        "every scope": {"Authorization": f"Bearer {system.admin_token}"},
    }


async def minted(system: System, scope: str) -> Any:
    body = {"name": scope, "scopes": [scope]}
    answer = await call(system, "POST", "/v1/tokens", body, token=system.admin_token)
    assert answer.status == 201, answer
    return answer.body


async def all_answer(system: System) -> None:
    """Every service that is asked something has started."""
    for path in ("infractions?limit=1", "policies", "targets", "ban-files", "log-sources"):

        async def answers(path: str = path) -> bool:
            return (await call(system, "GET", f"/v1/{path}", token=system.admin_token)).status == 200

        await eventually(answers)


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_whoever_sends_something_valid_gets_a_documented_answer(credentials: Any, operation: str) -> None:
    kinds = STRANGERS if operation in STREAMS else credentials[1]
    tried(credentials, operation, GenerationMode.POSITIVE, kinds)


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_something_wrong_is_refused_with_a_documented_answer(credentials: Any, operation: str) -> None:
    kinds = ["nobody"] if operation in STREAMS else ["every scope"]
    tried(credentials, operation, GenerationMode.NEGATIVE, kinds)


def tried(credentials: Any, operation: str, mode: GenerationMode, kinds: Iterable[str]) -> None:
    """Each example is sent by each kind of client."""
    url, headers = credentials
    with requests.Session() as http:

        @FUZZ
        @given(OPERATIONS[operation].as_strategy(generation_mode=mode))
        def answers(case: Case[Any]) -> None:
            for kind in kinds:
                ask(case, url, http, kind, headers[kind])

        answers()


def ask(case: Case[Any], url: str, http: requests.Session, kind: str, sent: dict[str, str]) -> None:
    """Raises where the answer is not as documented, or a stranger is let in."""
    if case.path == "/v1/feed" and isinstance(case.query, dict):
        case.query.setdefault("wait", 0)
    response = case.call(base_url=url, session=http, headers=sent, timeout=30)
    if kind in STRANGERS and case.operation.definition.raw["security"]:
        assert response.status_code in {401, 429}, response.status_code
    case.validate_response(response, headers=sent, excluded_checks=[ignored_auth])


def test_the_document_that_is_served_is_the_one_that_is_tried(credentials: Any) -> None:
    url, _ = credentials
    served = requests.get(f"{url}/openapi.json", timeout=10).json()
    assert served["paths"].keys() == SCHEMA.raw_schema["paths"].keys()


def test_what_is_refused_for_the_state_of_a_thing_is_documented(credentials: Any) -> None:
    url, headers = credentials
    with requests.Session() as http:
        http.headers.update(headers["every scope"])

        def sent(method: str, path: str, body: Any = None, **parts: str) -> requests.Response:
            return http.request(method, url + path.format(**parts), json=body, timeout=30)

        def made(path: str, body: Any) -> str:
            answer = sent("POST", path, body)
            assert answer.status_code == 201, answer.text
            return str(answer.json()["id"])

        token = made("/v1/tokens", {"name": "revoked", "scopes": ["check"]})
        sent("DELETE", "/v1/tokens/{id}", id=token)
        target = made("/v1/targets", {"name": "paused", "kind": "webhook", "url": "https://example.com/"})
        sent("POST", "/v1/targets/{id}/pause", id=target)
        place = {"kind": "ftp", "host": "127.0.0.1", "port": 9, "user": "none", "path": "/ban.txt"}
        ban_file = made("/v1/ban-files", {"name": "paused", "format": "dayz", "place": place, "password": "x"})
        sent("POST", "/v1/ban-files/{id}/pause", id=ban_file)
        player = {"service": "roblox", "id": "409409409"}
        made("/v1/infractions", {"player": player, "punishments": ["ban"], "reason": "x"})
        refused = {
            "POST /v1/tokens/{credential_id}/rotate": {"credential_id": token},
            "POST /v1/targets/{target_id}/test": {"target_id": target},
            "POST /v1/ban-files/{ban_file_id}/sync": {"ban_file_id": ban_file},
            "POST /v1/players/{service}/{id}/erase": player,
        }
        for operation, parts in refused.items():
            method, path = operation.split()
            body = {"reason": "x"} if path.endswith("/erase") else None
            answer = sent(method, path, body, **parts)
            assert answer.status_code == 409, (operation, answer.text)
            assert "409" in documented(operation)
        for path in (f"/v1/targets/{target}", f"/v1/ban-files/{ban_file}"):  # what waits for them would wait for ever
            assert sent("DELETE", path).status_code == 200


def test_a_parameter_that_there_is_not_is_refused_with_a_documented_answer(credentials: Any) -> None:
    url, headers = credentials
    answer = requests.get(f"{url}/v1/policies?surely=unknown", headers=headers["every scope"], timeout=30)
    assert answer.status_code == 422
    assert "422" in documented("GET /v1/policies")


def documented(operation: str) -> Any:
    """The answers of an operation by their status."""
    method, path = operation.split()
    return SCHEMA.raw_schema["paths"][path][method.lower()]["responses"]
