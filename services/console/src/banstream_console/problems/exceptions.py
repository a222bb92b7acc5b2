"""What goes wrong in a way that is expected; `answering` makes an answer of it."""

from collections.abc import Mapping

from banstream_contracts.results import Refusal


class Problem(Exception):
    """An expected failure. `status` is of HTTP, `text_id` names what a page says of it, `detail` is for programs."""

    status = 500
    text_id = "error-broken"

    def __init__(self, detail: str = "", retry_after_seconds: int | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after_seconds = retry_after_seconds


class BadQuestion(Problem):
    """A parameter means nothing; `detail` says which, and what it may be."""

    status = 400
    text_id = "error-question"

    def __init__(self, detail: str = "", parameter: str = "") -> None:
        super().__init__(detail)
        self.parameter = parameter


class BadSearch(BadQuestion):
    """What somebody typed into the search of a page is too short, or too long."""

    text_id = "error-search"


class NotThere(Problem):
    """Nothing is at this address."""

    status = 404
    text_id = "error-missing"


class NotThisWay(Problem):
    """Pages are only read."""

    status = 405
    text_id = "error-method"


class Away(Problem):
    """The bus or the service behind it does not answer, and nothing is known from before."""

    status = 503
    text_id = "error-away"

    def __init__(self, detail: str = "the bans cannot be read right now") -> None:
        super().__init__(detail, retry_after_seconds=5)


class Full(Problem):
    """As many follow the wall as may."""

    status = 503
    text_id = "error-full"

    def __init__(self) -> None:
        super().__init__("too many clients follow the wall here; read it again every 30 seconds", 30)


class SignInFirst(Problem):
    """Nobody is signed in, and whoever asks would not read a page for it."""

    status = 401
    text_id = "error-sign-in"


class Forbidden(Problem):
    """Somebody is signed in who may not do this."""

    status = 403
    text_id = "error-forbidden"


class Forged(Problem):
    """A form that was not made for this session: an old one, or another site's."""

    status = 403
    text_id = "error-forged"


class Unreadable(Problem):
    """What was sent is no form, whatever it says that it is."""

    status = 400
    text_id = "error-unreadable"


class OfALaterRelease(Problem):
    """What the address names is there, and this release cannot read it: a later one wrote it, or it is damaged."""

    status = 409
    text_id = "error-later"


class TooSlow(Unreadable):
    """A form did not come whole in time."""

    status = 408


class TooLarge(Problem):
    """A form holds more than any form of ours."""

    status = 413
    text_id = "error-too-large"


class TooMany(Problem):
    """Tried too often."""

    status = 429
    text_id = "error-too-many"


class Unfit(Problem):
    """What a form says cannot be meant; `fields` says by field what is wrong."""

    status = 422
    text_id = "error-unfit"

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {wrong}" if name else wrong for name, wrong in fields.items()))
        self.fields = fields


class Refused(Problem):
    """A command that was not carried out, and why."""

    status = 409
    text_id = "error-refused"

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal
