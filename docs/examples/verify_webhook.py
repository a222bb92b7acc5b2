"""Whether a webhook comes from banstream; needs Python 3.11 and nothing else."""

import hmac
import time
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping

TOLERANCE_SECONDS = 300


def is_ours(secrets: Iterable[str], headers: Mapping[str, str], body: bytes) -> bool:
    """Whether one of the secrets signed a request in the last five minutes; `body` is as it arrived, not parsed."""
    sent = {name.lower(): value for name, value in headers.items()}
    try:
        webhook_id, moment = sent["webhook-id"], sent["webhook-timestamp"]
        signatures = sent["webhook-signature"].encode().split()
        age = abs(time.time() - int(moment))
    except (KeyError, ValueError):
        return False
    signed = f"{webhook_id}.{moment}.".encode() + body
    keys = (b64decode(secret.removeprefix("whsec_") + "==") for secret in secrets)
    wanted = [b"v1," + b64encode(hmac.digest(key, signed, "sha256")) for key in keys]
    matches = [hmac.compare_digest(each, signature) for each in wanted for signature in signatures]
    return any(matches) and age <= TOLERANCE_SECONDS
