"""What ``/api/`` tells of one thing beside its fields: a story, for layers whose things have one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Address: TypeAlias = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Story:
    """``tell`` gets the key of a thing that the layer shows, and what makes a path an absolute address; the active language is that
    of the answer. It raises `NoSuchFeature` where the thing has gone in the meantime. ``shape`` is the JSON schema of what it
    returns (OpenAPI 3.0).
    """

    tell: Callable[[str, Address], dict[str, Any]]
    shape: Mapping[str, Any]


#: By the name of the layer.
Stories: TypeAlias = Mapping[str, Story]
