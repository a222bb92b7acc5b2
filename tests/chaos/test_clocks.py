"""The clocks of single processes."""

import time
from pathlib import Path

import pytest
from tests.chaos.clocks import clock, clock_library

from banstream_testing.processes import Service
from banstream_testing.waiting import eventually

_HOUR = 3600
_TELL = ("timeit", "-n1", "-r1", "-s", "import time", "print(time.time())")


@pytest.mark.parametrize("seconds", [_HOUR, -_HOUR, 0])
async def test_a_service_goes_by_the_clock_that_is_moved(tmp_path: Path, seconds: int) -> None:
    library = clock_library(tmp_path)
    if library is None:
        pytest.skip("no C compiler is here to build the preloaded clock")
    moved = clock(library, tmp_path / "clock")
    moved.step(seconds)
    service = Service("clock", _TELL, moved.environment, tmp_path / "log")
    service.start()
    try:
        said = await eventually(lambda: _ended(service))
    finally:
        service.kill()
    assert abs(float(said.split()[0]) - time.time() - seconds) < _HOUR / 2


async def _ended(service: Service) -> str | None:
    return service.output if "loop" in service.output else None
