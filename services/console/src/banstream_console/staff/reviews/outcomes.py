"""What became of each request of one decision, as the address of a page carries it. Pure."""

import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter

from banstream_console.presentation.texts import Texts, texts
from banstream_contracts.results import Refusal

_SAYS_MORE = "invalid-change"
"""A code that stands for many reasons; its message names nobody."""

State = Literal["done", "stored", "refused", "away"]


class Outcome(BaseModel):
    """Of one request; `code` says why it was refused, `detail` in English what no text of ours says."""

    model_config = ConfigDict(frozen=True)

    request_id: str
    state: State
    code: str = ""
    detail: str = ""

    def why(self, said: Texts) -> str:
        """Why it was not carried out, in the language of `said`; empty for what was."""
        if self.state == "away":
            return said.say("error-away")
        if self.state != "refused":
            return ""
        text_id = _text_of(self.code)
        return f"{said.say(text_id if said.knows(text_id) else 'error-refused')} {self.detail}".strip()


def refused(request_id: str, refusal: Refusal) -> Outcome:
    """With the message where the code alone says too little."""
    says_enough = texts("en").knows(_text_of(refusal.code)) and refusal.code != _SAYS_MORE
    return Outcome(
        request_id=request_id, state="refused", code=refusal.code, detail="" if says_enough else refusal.message
    )


def packed(outcomes: Iterable[Outcome]) -> str:
    """Letters, digits, `-` and `_`; some 1,500 of them for a hundred requests."""
    plain = _OUTCOMES.dump_json(tuple(outcomes), exclude_defaults=True)
    return urlsafe_b64encode(zlib.compress(plain, 9)).decode().rstrip("=")


def unpacked(text: str) -> tuple[Outcome, ...]:
    """The same again. Only of what we have packed ourselves: it may unfold to anything."""
    return _OUTCOMES.validate_json(zlib.decompress(urlsafe_b64decode(text + "=" * (-len(text) % 4))))


_OUTCOMES: TypeAdapter[tuple[Outcome, ...]] = TypeAdapter(tuple[Outcome, ...])


def _text_of(code: str) -> str:
    return f"refused-{code}"
