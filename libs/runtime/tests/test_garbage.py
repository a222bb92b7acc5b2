"""What the collector of cyclic garbage looks at."""

import gc
import subprocess
import sys

import pytest

from banstream_runtime.garbage import undisturbed

_SHOW = """
import gc
from banstream_runtime.garbage import spare_what_is_built
before = gc.get_threshold()
spare_what_is_built()
usual = gc.get_threshold()
print(gc.get_freeze_count() > 1000, usual[0] > before[0], usual[1:] == before[1:])
spare_what_is_built(50_000)
print(gc.get_threshold()[0] == 50_000)
"""


def test_what_is_built_is_never_looked_at_again_and_the_youngest_seldom() -> None:
    shown = subprocess.run([sys.executable, "-c", _SHOW], capture_output=True, text=True, check=True)  # noqa: S603 - our own
    assert shown.stdout.split() == ["True"] * 4


def test_a_batch_is_not_looked_through_and_what_follows_is_whatever_became_of_it() -> None:
    with undisturbed():
        assert not gc.isenabled()
        with undisturbed():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(LookupError), undisturbed():
        raise LookupError
    assert gc.isenabled()
