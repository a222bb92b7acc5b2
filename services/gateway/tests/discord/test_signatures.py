"""Who is let in: only what Discord has signed lately."""

import pytest
from nacl.signing import SigningKey

from banstream_gateway.discord.signatures import FRESH_SECONDS, BadSignature, Signatures

NOW = 1_800_000_000
BODY = b'{"type":1}'
KEY = SigningKey(bytes(range(32)))
SIGNATURES = Signatures(KEY.verify_key.encode())


def headers(body: bytes = BODY, at: str = str(NOW), key: SigningKey = KEY) -> dict[str, str]:
    return {"X-Signature-Ed25519": key.sign(at.encode() + body).signature.hex(), "X-Signature-Timestamp": at}


@pytest.mark.parametrize("at", [NOW, NOW - FRESH_SECONDS, NOW + FRESH_SECONDS], ids=["now", "a while ago", "ahead"])
def test_what_is_signed_lately_is_let_in(at: int) -> None:
    SIGNATURES.require(headers(at=str(at)), BODY, NOW)


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"X-Signature-Timestamp": str(NOW)},
        {"X-Signature-Ed25519": headers()["X-Signature-Ed25519"]},
        headers(body=b'{"type":2}'),
        headers(key=SigningKey(bytes(32))),
        {**headers(), "X-Signature-Timestamp": str(NOW + 1)},
        {**headers(), "X-Signature-Ed25519": "00" * 64},
        {**headers(), "X-Signature-Ed25519": "zz" * 64},
        {**headers(), "X-Signature-Ed25519": headers()["X-Signature-Ed25519"] * 2},
        headers(at=str(NOW - FRESH_SECONDS - 1)),
        headers(at=str(NOW + FRESH_SECONDS + 1)),
        headers(at=f"-{NOW}"),
        headers(at="9" * 400),
        headers(at=""),
    ],
    ids=[
        *("nothing", "no signature", "no timestamp", "another body", "another key", "another timestamp"),
        *("zeros", "no hex", "too long", "old", "from the future", "negative", "huge", "empty"),
    ],
)
def test_everything_else_is_refused(sent: dict[str, str]) -> None:
    with pytest.raises(BadSignature):
        SIGNATURES.require(sent, BODY, NOW)
