"""From how big a neighbourhood of the network a report came: /24 of IPv4, /64 of IPv6. The address itself is never kept."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Mapping
from typing import Any

from django.conf import settings


def block_of(meta: Mapping[str, Any]) -> str:
    """Return the block a request came from (``meta`` is ``request.META``), with the proxies of the settings."""
    return address_block(meta.get("REMOTE_ADDR", ""), meta.get("HTTP_X_FORWARDED_FOR", ""), settings.TRUSTED_PROXIES)


def address_block(remote: str, forwarded_for: str, proxies: int) -> str:
    """Return the block of the client, as ``203.0.113.0/24``, or '' when the address cannot be read.

    ``proxies`` is how many proxies of our own stand in front; only the address that the outermost of them saw is believed.
    """
    chain = [*(one for one in forwarded_for.split(",") if one.strip()), remote] if proxies else [remote]
    if len(chain) <= proxies:
        proxies = 0  # somebody came past the proxies
    try:
        address = ipaddress.ip_address(chain[-1 - proxies].strip())
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    prefix = 24 if address.version == 4 else 64
    return str(ipaddress.ip_network((address, prefix), strict=False))


def hashed(block: str) -> bytes | None:
    """Return 16 bytes that stand for a block and cannot be turned back without the server's key; None for ''."""
    if not block:
        return None
    key = hashlib.sha256(b"citymap address block\0" + settings.SECRET_KEY.encode()).digest()
    return hashlib.blake2b(block.encode(), key=key, digest_size=16).digest()
