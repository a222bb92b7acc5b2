"""What axe-core finds wrong with a page for people who cannot see, point or tell colours apart.

axe-core (Deque, MPL 2.0) comes in the wheel axe-playwright-python; Playwright itself is not needed.
"""

import json
from importlib.resources import files
from typing import Any

from banstream_testing.browser import Page

_SERIOUS = {"serious", "critical"}


async def faults(page: Page) -> list[str]:
    """Serious and critical ones, each with its rule and the first element at fault."""
    source = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
    await page.call("Runtime.evaluate", expression=source)
    options = json.dumps({"resultTypes": ["violations"]})
    found: list[dict[str, Any]] = await page.value(f"axe.run(document, {options}).then((result) => result.violations)")
    return [
        f"{each['id']} ({each['impact']}): {each['help']}: {each['nodes'][0]['html'][:200]}"
        for each in found
        if each["impact"] in _SERIOUS
    ]
