import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from banstream_cli.stack.ports import CANDIDATES, choose_ports, find_free_port, held, is_free


@contextmanager
def listener(port: int, *, shared: bool = False) -> Iterator[None]:
    with socket.socket() as server:
        if shared:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        server.bind(("127.0.0.1", port))
        server.listen()
        yield


@pytest.mark.parametrize("shared", [False, True])
def test_a_port_with_a_listener_is_not_free(shared: bool) -> None:
    port = find_free_port()
    with listener(port, shared=shared):
        assert not is_free(port)
    assert is_free(port)


def test_a_port_on_an_address_of_another_machine_is_not_free() -> None:
    assert not is_free(find_free_port(), "192.0.2.1")


def test_found_ports_are_out_of_the_reach_of_outgoing_connections() -> None:
    assert find_free_port() in CANDIDATES


async def test_a_remembered_port_is_kept() -> None:
    port = find_free_port()
    assert await choose_ports(["nats"], {"nats": port}) == {"nats": port}


async def test_a_remembered_port_that_is_taken_is_replaced() -> None:
    port = find_free_port()
    with listener(port):
        chosen = await choose_ports(["nats"], {"nats": port})
    assert chosen["nats"] != port


async def test_a_remembered_port_that_somebody_is_about_to_leave_is_kept() -> None:
    """What a killed stack started ends a moment after it."""
    port = find_free_port()
    with listener(port):
        choosing = asyncio.create_task(choose_ports(["nats"], {"nats": port}))
        await asyncio.sleep(0)
    assert await choosing == {"nats": port}


async def test_two_names_never_share_a_port() -> None:
    port = find_free_port()
    chosen = await choose_ports(["nats", "postgres", "spare"], {"nats": port, "postgres": port})
    assert len(set(chosen.values())) == 3


def test_a_port_that_is_held_is_taken_and_gateways_share_it() -> None:
    port = find_free_port()
    with held("127.0.0.1", port):
        assert not is_free(port)
        with listener(port, shared=True), listener(port, shared=True):
            assert not is_free(port)
        assert not is_free(port)
    assert is_free(port)


def test_a_port_that_somebody_has_taken_meanwhile_is_not_held() -> None:
    port = find_free_port()
    with listener(port), held("127.0.0.1", port):
        assert not is_free(port)
    assert is_free(port)


def test_a_port_on_an_address_of_another_machine_is_not_held() -> None:
    port = find_free_port()
    with held("192.0.2.1", port):
        assert is_free(port)
