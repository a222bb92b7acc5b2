"""The collector of cyclic garbage, which by default looks through a whole process again and again."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_NEW_OBJECTS = 20_000
"""Before the youngest are looked through. With Python's 700 a batch of commands is, dozens of times, while it is
still in use: a quarter of what the abuse tracker and the gateway did with an incident (docs/performance/incidents.md).
"""


def spare_what_is_built(new_objects: int = _NEW_OBJECTS) -> None:
    """To be called once, when everything is imported and built: it is never looked at again.

    What comes after is looked through when so many objects are there that were not before.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(new_objects)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Nothing is looked through within: for work that makes many objects, keeps them to its end and then drops them.

    What is left of rings is found afterwards. Blocks must not overlap.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
