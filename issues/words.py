"""Words that staff make public: present, not endless, and without the resident's own name, e-mail or phone in them."""

from __future__ import annotations

import re
from typing import Final

from django.utils.translation import gettext as _

from issues.errors import Invalid
from issues.intake_form import clean
from issues.models import Appeal, Reporter

LONGEST: Final = 4000
#: Fewer digits than this are a house number or a year, not a telephone.
_PHONE_DIGITS: Final = 7


def public_words(appeal: Appeal, text: str, *, field: str = "text", needed: bool = True) -> str:
    """Return the cleaned text; raises `Invalid` under ``field``. One query: the reporter, if there is one."""
    words = clean(text)
    if needed and not words:
        raise Invalid({field: _("Write a sentence: it is public, and the resident reads it.")})
    if len(words) > LONGEST:
        raise Invalid({field: _("This is too long: %(limit)d characters at most.") % {"limit": LONGEST}})
    person = Reporter.objects.filter(appeal=appeal.pk).first() if words else None
    if person and (part := personal_part(words, person)):
        raise Invalid(
            {field: _("This is public, but it names the resident (“%(part)s”). Write it without personal data.") % {"part": part}}
        )
    return words


def personal_part(words: str, person: Reporter) -> str:
    """Return what of ``words`` is the person's own e-mail, phone or name, or ''."""
    found = (pattern.search(words) for pattern in personal_patterns(person))
    return next((match.group().strip() for match in found if match), "")


def personal_patterns(person: Reporter) -> list[re.Pattern[str]]:
    """What finds the person's e-mail, phone and name in a text, the longest first."""
    patterns = [re.compile(re.escape(person.email), re.IGNORECASE)] if person.email else []
    digits = re.sub(r"\D", "", person.phone)
    if len(digits) >= _PHONE_DIGITS:
        patterns.append(_phone(digits[-_PHONE_DIGITS:]))
    patterns += [re.compile(rf"(?<!\w){re.escape(name)}(?!\w)") for name in names_of(person.name)]
    return patterns


def names_of(name: str) -> list[str]:
    """The name and its parts as they stand in a text. A part is looked for with a capital, so that “will” is not Will."""
    parts = [part for part in re.split(r"[\s,]+", name) if len(part) >= 3]
    capital = [part[0].upper() + part[1:] for part in parts]
    whole = [name] if name and name not in parts else []
    return list(dict.fromkeys([*whole, *capital, *(part.upper() for part in parts)]))


def _phone(ending: str) -> re.Pattern[str]:
    """A number that ends like the person's, however it is spaced and with whatever area code before."""
    between = r"[\s()./–-]{0,3}"
    return re.compile(rf"(?<!\d)[+(]?(?:\d{between}){{0,8}}?{between.join(ending)}(?!\d)")
