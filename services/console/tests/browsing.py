"""Pages of staff in a real browser, signed in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from banstream_testing.browser import Page, browser_page
from banstream_testing.staff import Visitor


@asynccontextmanager
async def opened(visitor: Visitor, path: str, *, width: int = 1280, scripts: bool = True) -> AsyncIterator[Page]:
    """A page of staff."""
    async with browser_page(width=width, scripts=scripts) as page:
        for name, value in visitor.cookies.items():
            await page.call("Network.setCookie", name=name, value=value, url=visitor.console.url)
        await page.arrive(f"{visitor.console.url}{path}")
        yield page


async def pressed(page: Page, selector: str) -> None:
    """Press what a selector names, and wait for the page that it leads to."""
    await page.value(f"window.leaving = true; document.querySelector({selector!r}).click(); null")
    await page.until("!window.leaving && document.readyState === 'complete'")


async def went_back(page: Page, to: str) -> None:
    """Back once, to a page whose address ends so."""
    await page.value("window.leaving = true; setTimeout(() => history.back()); null")
    await page.until(f"location.href.endsWith({to!r}) && document.readyState === 'complete'")


async def reloaded(page: Page) -> None:
    """As by the button of the browser, which sends a form again where there is one."""
    await page.value("window.leaving = true; null")
    await page.call("Page.reload")
    await page.until("!window.leaving && document.readyState === 'complete'")
