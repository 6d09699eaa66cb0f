"""Telephone numbers and e-mail addresses in comparable form. Both are shared in households: agreement says home more than person."""

from __future__ import annotations

import re
from functools import lru_cache

from carehub.identity.identifying_numbers import counted
from carehub.terms import telephone

_INTERNATIONAL = re.compile(r"(?:\+44|0044) ?(?:\(0\))? ?([1-9](?: ?[0-9]){9})")
_DIGITS = re.compile(r"[^0-9]+")
_EMAIL = re.compile(r"^[^@\s<>,;]+@[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\.[a-z]{2,}$")
_NOBODY_LOCAL = frozenset(
    {"none", "noemail", "no.email", "no-email", "noreply", "no-reply", "na", "n.a", "nil", "unknown", "notknown", "not.known", "notgiven"}
    | {
        "declined",
        "refused",
        "email",
        "test",
        "example",
        "anon",
        "nobody",
        "patient",
        "null",
        "noaddress",
        "x",
        "xx",
        "xxx",
        "a",
        "aa",
        "abc",
    }
)
_NOBODY_DOMAIN = frozenset(
    {"none.com", "noemail.com", "nomail.com", "no.com", "test.com", "na.com", "unknown.com", "email.email", "nowhere.com"}
)
_MISSPELT = {
    "gmial.com": "gmail.com",
    "gmai.com": "gmail.com",
    "gamil.com": "gmail.com",
    "gmail.co": "gmail.com",
    "gmail.co.uk": "gmail.com",
    "googlemail.com": "gmail.com",
    "hotmial.com": "hotmail.com",
    "hotmail.co": "hotmail.com",
    "hotmai.com": "hotmail.com",
    "yaho.co.uk": "yahoo.co.uk",
    "yahoo.couk": "yahoo.co.uk",
    "outlok.com": "outlook.com",
    "icloud.co": "icloud.com",
}


@lru_cache(maxsize=65536)
def phone(text: str) -> str:
    """A telephone number in E.164, or ""; "" also for what is typed where there is none (one digit repeated, digits in a row)."""
    british = _INTERNATIONAL.fullmatch(text.strip())
    number = telephone.e164("0" + british[1].replace(" ", "") if british else text)
    said = number[3:] if number.startswith("+44") else number[1:]
    return "" if len(set(said)) < 3 or counted(said) else number


def is_mobile(number: str) -> bool:
    """True for a British mobile in E.164 (+447…, not +4470 or a pager +4476): one person's more often than a landline, still shared in families."""
    return number.startswith("+447624") or (number.startswith("+447") and number[4:5] not in ("0", "6"))


@lru_cache(maxsize=65536)
def phone_tail(text: str) -> str:
    """The last six digits, "" for fewer: what is left in common when one feed leaves the area code out. Weak: one in a million by chance."""
    told = _DIGITS.sub("", text)
    return told[-6:] if len(told) >= 6 and len(set(told[-6:])) > 1 else ""


@lru_cache(maxsize=65536)
def email(text: str) -> str:
    """An e-mail address in small letters: without "mailto:", a name around it and a +tag; well-known domains spelt right, dots left out for Gmail.

    "" when it is none, or one that is typed where there is none (none@none.com, noemail@…, test@test.com).
    """
    told = text.strip().lower().removeprefix("mailto:").replace(" ", "")
    if "<" in told:
        told = told.partition("<")[2].partition(">")[0]
    local, _, domain = told.rpartition("@")
    domain = domain.rstrip(".")
    if domain.endswith(".con"):
        domain = f"{domain[:-1]}m"
    domain = _MISSPELT.get(domain, domain)
    local = local.partition("+")[0].strip(".")
    if domain == "gmail.com":
        local = local.replace(".", "")
    made = f"{local}@{domain}"
    return made if local and _EMAIL.match(made) and local not in _NOBODY_LOCAL and domain not in _NOBODY_DOMAIN else ""
