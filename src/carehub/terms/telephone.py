"""Telephone numbers in one comparable form."""

from __future__ import annotations

import re
from functools import lru_cache

# How most British numbers are written: 0 and ten digits, with spaces between. No other country's number is read from that.
_BRITISH = re.compile(r"0[1-9](?: ?[0-9]){9}")


@lru_cache(maxsize=8192)
def e164(text: str) -> str:
    """ "020 7946 0123" as "+442079460123" (ITU-T E.164); a number without a country code is British. "" when it cannot be a number.

    Possible is enough, valid is not asked: Ofcom's drama mobile range counts as invalid. Extensions are dropped.
    """
    if _BRITISH.fullmatch(text):
        return "+44" + text[1:].replace(" ", "")
    import phonenumbers  # its number plans cost 30 ms and are wanted only where telephones are read

    try:
        number = phonenumbers.parse(text, "GB")
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number) or number.italian_leading_zero:
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
