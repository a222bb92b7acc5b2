"""Questions over HTTP to what has just been started."""

import asyncio

import aiohttp

PROBE_SECONDS = 2.0
OK = 200


async def http_answer(url: str, token: str | None = None) -> tuple[int, str]:
    """Status and body of a GET; status 0 and the reason when nobody answers."""
    headers = {"Authorization": f"Bearer {token}"} if token else None
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PROBE_SECONDS)) as session,
            session.get(url, headers=headers) as response,
        ):
            return response.status, await response.text(errors="replace")
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return 0, str(error) or type(error).__name__


async def answers_ok(url: str) -> bool:
    """True when a GET is answered 200."""
    status, _ = await http_answer(url)
    return status == OK


async def wait_until_ok(url: str, timeout_seconds: float, token: str | None = None) -> str | None:
    """None as soon as a GET is answered 200, else after the time the last answer in one line."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout_seconds
    while True:
        status, body = await http_answer(url, token)
        if status == OK:
            return None
        if loop.time() > deadline:
            return f"{status or 'no answer'}: {' '.join(body.split())[:500]}"
        await asyncio.sleep(0.05)
