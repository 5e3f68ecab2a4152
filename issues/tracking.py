"""The secret tracking link: derived from the form's key, so that a repeat gives the same answer; only its hash is stored."""

from __future__ import annotations

import base64
import hashlib
import hmac
from uuid import UUID

from django.conf import settings


def token_for(key: UUID, secret: str | None = None) -> str:
    """Return the 22 characters of the tracking link of the report sent with ``key``."""
    derived = hashlib.sha256(b"citymap tracking\0" + (secret or settings.SECRET_KEY).encode()).digest()
    digest = hmac.digest(derived, key.bytes, "sha256")[:16]
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def hash_of(token: str) -> bytes:
    """Return what is stored for ``token``: ``Reporter.tracking_hash``. Any text is allowed; a wrong one is found nowhere."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
