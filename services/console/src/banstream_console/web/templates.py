"""Templates: everything that is put into one is escaped, and a name that is not there is an error."""

from collections.abc import Mapping
from typing import Any

import aiohttp_jinja2
from aiohttp import web
from jinja2 import PackageLoader, StrictUndefined

from banstream_console.presentation.long_texts import lines_of
from banstream_console.presentation.texts import LANGUAGES, NAMES, language_of, texts
from banstream_console.presentation.wording import Wording
from banstream_console.web.site import LANGUAGE_COOKIE, LANGUAGE_PARAMETER, language_for, site_of
from banstream_privacy.visible import clean

_YEAR_SECONDS = 365 * 86_400


def prepare(app: web.Application) -> None:
    """Templates of this package, for `rendered`."""
    templates = aiohttp_jinja2.setup(
        app,
        loader=PackageLoader("banstream_console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters.update(clean=clean, lines=lines_of)


def rendered(request: web.Request, template: str, content: Mapping[str, Any], status: int = 200) -> web.Response:
    """A page in the language of whoever asks, which a link of it may have chosen for the next times too."""
    site, language = site_of(request), language_for(request)
    said = texts(language)
    frame = {
        "t": said.say,
        "language": language,
        "languages": [(each, NAMES[each], _in_language(request, each)) for each in LANGUAGES],
        "title": site.settings.console_title,
        "assets": site.assets,
        "wording": Wording(said, site.zone),
    }
    response = aiohttp_jinja2.render_template(template, request, {**frame, **content}, status=status)
    response.headers["Content-Language"] = language
    response.headers["Vary"] = "Accept-Language, Cookie"
    chosen = language_of(request.query.get(LANGUAGE_PARAMETER))
    if chosen:
        response.set_cookie(
            LANGUAGE_COOKIE, chosen, max_age=_YEAR_SECONDS, httponly=True, samesite="Lax", secure=request.secure
        )
    return response


def _in_language(request: web.Request, language: str) -> str:
    """The same address in another language. Two slashes at its beginning would be another site."""
    return "/" + str(request.rel_url.update_query({LANGUAGE_PARAMETER: language})).lstrip("/\\")
