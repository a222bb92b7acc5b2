"""What providers say, and what becomes of everything else that they may answer."""

import gzip
import socket
from collections.abc import AsyncIterator, Callable

import pytest
from aiohttp import web
from services.gateway.tests.stand_in_providers import KEY, Provider, providing
from yarl import URL

from banstream_gateway.vpn import providers
from banstream_gateway.vpn.asking import LONGEST_REST_SECONDS, Http
from banstream_gateway.vpn.iphub import Iphub
from banstream_gateway.vpn.providers import REST_SECONDS, ProviderFailed
from banstream_gateway.vpn.proxycheck import Proxycheck
from banstream_gateway.vpn.verdicts import Opinion, read_address

ADDRESS, V6 = read_address("192.0.2.9"), read_address("2001:db8::9")
KINDS: dict[str, Callable[[Http, URL, str], providers.Provider]] = {"iphub": Iphub, "proxycheck": Proxycheck}


@pytest.fixture
async def outside() -> AsyncIterator[Provider]:
    async with providing() as provider:
        yield provider


@pytest.fixture(params=["iphub", "proxycheck"])
async def asked(request: pytest.FixtureRequest, outside: Provider) -> AsyncIterator[providers.Provider]:
    """Each provider."""
    provider = KINDS[request.param](Http(10), URL(outside.url), KEY)
    yield provider
    await provider.close()


async def failure(provider: providers.Provider) -> ProviderFailed:
    with pytest.raises(ProviderFailed) as caught:
        await provider.opinion(ADDRESS)
    assert str(ADDRESS) not in str(caught.value)
    assert KEY not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (0, Opinion(country="US", why="iphub says residential or business")),
        (1, Opinion(is_vpn=True, country="US", why="iphub says not residential")),
        (2, Opinion(is_dubious=True, country="US", why="iphub says residential and not residential")),
    ],
    ids=["residential", "not", "both"],
)
async def test_the_block_of_iphub_is_the_opinion(outside: Provider, block: int, expected: Opinion) -> None:
    outside.blocks = {"192.0.2.9": block, "2001:db8::9": block}
    provider = Iphub(Http(5), URL(outside.url + "/"), KEY)
    assert [await provider.opinion(each) for each in (ADDRESS, V6)] == [expected] * 2
    await provider.close()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("VPN", Opinion(is_vpn=True, country="NL", why="proxycheck says VPN, proxy yes")),
        ("TOR", Opinion(is_vpn=True, country="NL", why="proxycheck says TOR, proxy yes")),
        ("Hosting", Opinion(is_hosting=True, country="NL", why="proxycheck says Hosting, proxy no")),
        ("Residential", Opinion(country="NL", why="proxycheck says Residential, proxy no")),
    ],
    ids=["vpn", "tor", "hosting", "residential"],
)
async def test_the_type_of_proxycheck_is_the_opinion(outside: Provider, kind: str, expected: Opinion) -> None:
    outside.types = {"192.0.2.9": kind, "2001:db8::9": kind}
    provider = Proxycheck(Http(5), URL(outside.url), KEY)
    assert [await provider.opinion(each) for each in (ADDRESS, V6)] == [expected] * 2
    await provider.close()


@pytest.mark.parametrize("name", KINDS)
async def test_a_key_that_is_refused_makes_the_provider_rest_for_long(outside: Provider, name: str) -> None:
    provider = KINDS[name](Http(5), URL(outside.url), "wrong")
    assert (await failure(provider)).rests_seconds == LONGEST_REST_SECONDS
    await provider.close()


async def test_a_provider_whose_quota_is_spent_rests(outside: Provider, asked: providers.Provider) -> None:
    outside.quota = 0
    assert (await failure(asked)).rests_seconds in {REST_SECONDS, LONGEST_REST_SECONDS}


@pytest.mark.parametrize(
    ("retry_after", "rests"),
    [("7", 7.0), ("0", 1.0), ("999999", LONGEST_REST_SECONDS), ("9" * 400, REST_SECONDS), ("soon", REST_SECONDS)],
    ids=["seconds", "none", "long", "absurd", "date"],
)
async def test_a_provider_rests_for_as_long_as_it_asks_for(
    outside: Provider, asked: providers.Provider, retry_after: str, rests: float
) -> None:
    outside.misbehaves = lambda _: web.Response(status=429, headers={"Retry-After": retry_after})
    assert (await failure(asked)).rests_seconds == rests


@pytest.mark.parametrize("name", KINDS)
async def test_a_provider_that_says_nothing_fails_within_the_time_out(outside: Provider, name: str) -> None:
    outside.misbehaves = outside.hang
    provider = KINDS[name](Http(0.3), URL(outside.url), KEY)
    assert (await failure(provider)).rests_seconds == REST_SECONDS
    await provider.close()


@pytest.mark.parametrize("name", KINDS)
async def test_a_provider_that_is_not_there_fails(name: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        provider = KINDS[name](Http(5), URL(f"http://127.0.0.1:{taken.getsockname()[1]}"), KEY)
        assert (await failure(provider)).rests_seconds == REST_SECONDS
        await provider.close()


GARBAGE: dict[str, Callable[[], web.Response]] = {
    "empty": web.Response,
    "page": lambda: web.Response(text="<html>Bad gateway</html>", content_type="text/html"),
    "null": lambda: web.json_response(None),
    "list": lambda: web.json_response([]),
    "number": lambda: web.json_response(1),
    "no-fields": lambda: web.json_response({}),
    "error": lambda: web.json_response({"status": "error", "message": "No valid IP"}),
    "wrong-types": lambda: web.json_response({"block": [1], "status": ["ok"], "192.0.2.9": {"proxy": {}}}),
    "block-3": lambda: web.json_response({"block": 3, "status": "ok", "192.0.2.9": "yes"}),
    "true": lambda: web.json_response({"block": True, "status": "ok", "192.0.2.9": {"proxy": True}}),
    "deep": lambda: web.Response(text="[" * 60_000),
    "bytes": lambda: web.Response(body=b"\xff\xfe\x00"),
    "huge": lambda: web.Response(body=b'{"block": 1, "pad": "' + b"x" * 200_000 + b'"}'),
    "bomb": lambda: web.Response(body=gzip.compress(b" " * 5_000_000), headers={"Content-Encoding": "gzip"}),
    "redirect": lambda: web.Response(status=302, headers={"Location": "/ip/198.51.100.1"}),
    "server-error": lambda: web.json_response({"block": 1}, status=500),
    "not-found": lambda: web.json_response({"status": "gone"}, status=404),
}


@pytest.mark.parametrize("answer", GARBAGE.values(), ids=list(GARBAGE))
async def test_no_answer_but_the_expected_one_is_an_opinion(
    outside: Provider, asked: providers.Provider, answer: Callable[[], web.Response]
) -> None:
    outside.misbehaves = lambda _: answer()
    await failure(asked)
    assert outside.asked == ["192.0.2.9"]
