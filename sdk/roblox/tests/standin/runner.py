"""A game server as a process: Luau in a VM, with stand-ins for Roblox' services. Needs Python 3.12 or newer and pluau.

`runner.py spec FILE TEST` runs one test on a clock that jumps; the exit code says how it went.
`runner.py serve SETTINGS` runs a server on the real clock that makes real requests. A line of JSON on stdin,
`{"id": 1, "source": "return 1"}`, is a server script; its answer is a line on stdout, `{"id": 1, "value": 1}`.
"""

import http.client
import json
import queue
import random
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pluau

HERE = Path(__file__).parent
SDK = HERE.parent.parent / "src"
EXAMPLES = (HERE.parent / "examples", HERE.parent.parent / "examples")
JUMPING_WALL = 1_800_000_000
REQUEST_SECONDS = 60
LONGEST_PAUSE = 0.5

Arguments = tuple[Any, ...]


def text_of(value: object) -> str:
    """A Luau string as Python's; bytes that are no UTF-8 stay visible."""
    return value.as_bytes().decode("utf-8", "surrogateescape") if isinstance(value, pluau.String) else str(value)


class Json:
    """JSONEncode and JSONDecode with Roblox' habits: `[]` for an empty table, NaN as it is, strangers refused."""

    def __init__(self, lua: pluau.Lua, null: pluau.Table, nothing: pluau.Table) -> None:
        self._lua = lua
        self._null = null
        self._nothing = nothing

    def encode(self, value: object) -> str:
        """A Luau value as JSON."""
        return json.dumps(self._plain(value), separators=(",", ":"), ensure_ascii=False)

    def decode(self, text: str) -> Any:
        """JSON as a Luau value; null becomes nil."""

        def refuse(name: str) -> float:
            raise ValueError(f"{name} is no JSON")

        return self._luau(json.loads(text, parse_constant=refuse))

    def _plain(self, value: Any) -> Any:
        if isinstance(value, pluau.String):
            return value.as_bytes().decode("utf-8")
        if value is None or isinstance(value, bool | int):
            return value
        if isinstance(value, float):
            return int(value) if value.is_integer() and abs(value) < 2**53 else value
        if isinstance(value, pluau.Table):
            return self._table(value)
        raise TypeError(f"Can't convert to JSON: {type(value).__name__}")

    def _table(self, table: pluau.Table) -> Any:
        if table == self._null:
            return None
        if table == self._nothing:
            return {}
        items = list(table)
        if len(items) == table.raw_len():
            return [self._plain(table.raw_get(index)) for index in range(1, len(items) + 1)]
        if not all(isinstance(key, pluau.String) for key, _ in items):
            raise TypeError("Can't convert to JSON: mixed keys")
        return {text_of(key): self._plain(value) for key, value in items}

    def _luau(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._lua.create_string(value.encode())
        if isinstance(value, list):
            table = self._lua.create_table()
            for each in value:
                table.raw_push(self._luau(each))
            return table
        if isinstance(value, dict):
            table = self._lua.create_table()
            for key, each in value.items():
                if each is not None:
                    table.raw_set(self._lua.create_string(key.encode()), self._luau(each))
            return table
        return float(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**31 else value


class Requests:
    """Real HTTP, each request in a thread."""

    def __init__(self, done: Callable[[int, dict[str, Any]], None]) -> None:
        self._pool = ThreadPoolExecutor(32)
        self._done = done
        self._last = 0

    def send(self, request: dict[str, Any]) -> int:
        """Start a request; its number."""
        self._last += 1
        self._pool.submit(self._run, self._last, request)
        return self._last

    def close(self) -> None:
        """Forget what is under way."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _run(self, number: int, request: dict[str, Any]) -> None:
        started = time.monotonic()
        try:
            answer = _exchange(request)
        except (OSError, http.client.HTTPException, ValueError) as error:
            answer = {"problem": f"{type(error).__name__}"}
        took = time.monotonic() - started
        outcome = answer.get("problem") or f"{answer['StatusCode']} {answer['Body'][:300]}"
        print(f"{request['method']} {request['url']} {took:.2f} s: {outcome}", file=sys.stderr, flush=True)  # noqa: T201
        self._done(number, answer)


def _example(name: str) -> str:
    (file,) = (folder / f"{name}.luau" for folder in EXAMPLES if (folder / f"{name}.luau").exists())
    return file.read_text()


def _exchange(request: dict[str, Any]) -> dict[str, Any]:
    body = request.get("body")
    sent = urllib.request.Request(  # noqa: S310 - the stand-in takes http and https only
        request["url"],
        data=body.encode() if body is not None else None,
        headers={**request["headers"], "User-Agent": "RobloxLinux"},
        method=request["method"],
    )
    try:
        with urllib.request.urlopen(sent, timeout=REQUEST_SECONDS) as answer:  # noqa: S310 - as above
            return _read(answer.status, answer)
    except urllib.error.HTTPError as error:
        with error:
            return _read(error.code, error)


def _read(status: int, answer: Any) -> dict[str, Any]:
    return {
        "Success": 200 <= status < 300,
        "StatusCode": status,
        "StatusMessage": "",
        "Headers": {name.lower(): value for name, value in answer.headers.items()},
        "Body": answer.read().decode("utf-8", "replace"),
    }


class GameServer:
    """The VM with everything a server script finds in it."""

    def __init__(self, wall: float, secrets: dict[str, str], chance: random.Random) -> None:
        self.lua = pluau.Lua()
        self.arrived: queue.Queue[Callable[[], None]] = queue.Queue()
        self.requests = Requests(lambda number, answer: self.arrived.put(lambda: self._answered(number, answer)))
        self._secrets = secrets
        self._random = chance
        self._wall = wall
        self.null, self.nothing = self.lua.create_table(), self.lua.create_table()
        self.null.raw_set("isNull", True)  # noqa: FBT003 - so that no empty table equals it
        self.json = Json(self.lua, self.null, self.nothing)
        self.host = self._host()
        scheduler = self._chunk("scheduler.luau")[0]
        instances = self._chunk("instances.luau")[0]
        services = self._chunk("services.luau")[0]
        sources = self.lua.create_table()
        for module in SDK.glob("*.luau"):
            sources.raw_set(module.stem, self.lua.create_string(module.read_bytes()))
        self.world = self._chunk("world.luau", scheduler, instances, services, self.host, sources)[0]

    def api(self) -> pluau.Table:
        """The service as a stand-in on the jumping clock."""
        return self._chunk("api.luau", self.world, self.host, environment=self.environment())[0]

    def environment(self) -> Any:
        """What a server script sees as its globals."""
        return self.world_call("script", "return getfenv(1)", "environment")[0].call()[0]

    def world_call(self, name: str, *arguments: Any) -> list[Any]:
        """Call a function of the world."""
        found: list[Any] = self.world.raw_get(name).call(*arguments)
        return found

    def _chunk(self, file: str, *arguments: Any, environment: pluau.Table | None = None) -> list[Any]:
        source = (HERE / file).read_bytes()
        found: list[Any] = self.lua.load_chunk(source, f"={file}", environment).call(*arguments)
        return found

    def _host(self) -> pluau.Table:
        host = self.lua.create_table()
        functions: dict[str, Callable[..., Any]] = {
            "wall": lambda: self._wall,
            "log": lambda text: print(text_of(text), file=sys.stderr, flush=True),  # noqa: T201 - shown with a failure
            "load": lambda source, name, scope: self.lua.load_chunk(source, f"={text_of(name)}", scope),
            "encode": lambda value, *_: self.json.encode(value),
            "decode": lambda text: self.json.decode(text.as_bytes().decode()),
            "guid": lambda: str(uuid.UUID(int=self._random.getrandbits(128), version=4)).upper(),
            "random": self._random.random,
            "example": lambda name: _example(text_of(name)),
            "object": lambda: self.nothing,
            "secretNamed": lambda name: self._secrets.get(text_of(name)),
            "secret": self._revealed,
            "send": lambda request: self.requests.send(self.json._plain(request)),  # noqa: SLF001 - one file
        }
        for name, function in functions.items():
            host.raw_set(name, self.lua.create_function(self._called(function)))
        host.raw_set("null", self.null)
        return host

    @staticmethod
    def _called(function: Callable[..., Any]) -> Callable[[pluau.Lua, Arguments], Any]:
        def called(lua: pluau.Lua, arguments: Arguments) -> Any:
            found = function(*arguments)
            # a plain str would be taken for a sequence of return values
            return lua.create_string(found.encode("utf-8", "surrogatepass")) if isinstance(found, str) else found

        return called

    def _revealed(self, key: Any) -> str:
        prefix, _, name = text_of(key).rpartition(" ")
        return f"{prefix} {self._secrets[name]}" if prefix else self._secrets[name]

    def _answered(self, number: int, answer: dict[str, Any]) -> None:
        self.world_call("answered", number, self.json._luau(answer))  # noqa: SLF001 - one file


def run_spec(file: Path, name: str) -> str | None:
    """Run one test; what went wrong."""
    server = GameServer(JUMPING_WALL, {"banstream": "a-server-key"}, random.Random(7))  # noqa: S311 - the same every time
    source = (HERE / "spec.luau").read_bytes()
    spec = server.lua.load_chunk(
        source, "=spec.luau", server.world_call("script", "return getfenv(1)", "e")[0].call()[0]
    )
    found = spec.call(server.world, server.api(), server.lua.create_string(file.read_bytes()), file.name, name)[0]
    return None if found is None else text_of(found)


def serve(settings: dict[str, Any]) -> None:
    """Run scripts from stdin on the real clock until it closes."""
    server = GameServer(time.time(), settings["secrets"], random.SystemRandom())
    server.world.raw_set("settings", server.json._luau(settings))  # noqa: SLF001 - one file
    started = time.monotonic()
    scheduler = server.world.raw_get("scheduler")
    advance = scheduler.raw_get("advance")
    is_open = threading.Event()
    is_open.set()
    threading.Thread(target=_listen, args=(server, is_open), daemon=True).start()
    while is_open.is_set():
        found = advance.call(time.monotonic() - started)
        at = found[0] if found else None
        pause = LONGEST_PAUSE if at is None else min(LONGEST_PAUSE, max(0.0, at - (time.monotonic() - started)))
        try:
            work = server.arrived.get(timeout=pause) if pause > 0 else server.arrived.get_nowait()
        except queue.Empty:
            continue
        advance.call(time.monotonic() - started)
        work()
    server.requests.close()


def _listen(server: GameServer, is_open: threading.Event) -> None:
    for line in sys.stdin:
        command = json.loads(line)
        server.arrived.put(partial(_run_script, server, command))
    is_open.clear()
    server.arrived.put(lambda: None)


def _run_script(server: GameServer, command: dict[str, Any]) -> None:
    def tell(_lua: pluau.Lua, arguments: Arguments) -> None:
        is_done, value = arguments[0], arguments[1] if len(arguments) > 1 else None
        key = "value" if is_done else "problem"
        shown = json.loads(server.json.encode(value)) if is_done else text_of(value)
        print(json.dumps({"id": command["id"], key: shown}), flush=True)  # noqa: T201 - the answer

    wrapper = """
        local work, tell = ...
        task.spawn(function()
            local outcome = table.pack(xpcall(work, function(problem)
                return `{tostring(problem)}\\n{debug.traceback()}`
            end))
            tell(outcome[1], if outcome.n > 2 then { table.unpack(outcome, 2, outcome.n) } else outcome[2])
        end)
    """
    told = server.lua.create_function(tell)
    try:
        work = server.world_call("script", command["source"], command.get("name", "script"))[0]
    except RuntimeError as error:
        tell(server.lua, (False, str(error)))
        return
    server.world_call("script", wrapper, "wrapper")[0].call(work, told)


def main(arguments: list[str]) -> int:
    """The command line."""
    if arguments[0] == "serve":
        serve(json.loads(arguments[1]))
        return 0
    problem = run_spec(Path(arguments[1]), arguments[2])
    if problem:
        print(problem)  # noqa: T201 - what pytest shows
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
