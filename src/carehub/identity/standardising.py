"""What matching reads of a value: the one door to names, sounds, dates, places, contacts and identifying numbers in comparable form.

What was told stays in the record; these forms are only compared. None of them raises on any text, and each is cheap: most are looked up.
"""

from __future__ import annotations

from carehub.identity.contacts import email, is_mobile, phone, phone_tail
from carehub.identity.dates import Born, birth_date, is_default_birth_date, is_no_birth_date, read_born, turned
from carehub.identity.identifying_numbers import PersonNumber, read_number, retained
from carehub.identity.names import (
    birth_order,
    family_core,
    family_key,
    family_parts,
    family_root,
    fold,
    generation,
    given_joined,
    given_key,
    is_only_title,
    is_placeholder_given,
    latin,
    mother_named,
    name_words,
    order_free,
    split_full,
    words,
)
from carehub.identity.places import Address, Postcode, postcode, postcode_in, read_address, read_postcode
from carehub.identity.sounds import sound_code, spelling_code

__all__ = [
    "Address",
    "Born",
    "PersonNumber",
    "Postcode",
    "birth_date",
    "birth_order",
    "email",
    "family_core",
    "family_key",
    "family_parts",
    "family_root",
    "fold",
    "generation",
    "given_joined",
    "given_key",
    "is_default_birth_date",
    "is_mobile",
    "is_no_birth_date",
    "is_only_title",
    "is_placeholder_given",
    "latin",
    "mother_named",
    "name_words",
    "order_free",
    "phone",
    "phone_tail",
    "postcode",
    "postcode_in",
    "read_address",
    "read_born",
    "read_number",
    "read_postcode",
    "retained",
    "sound_code",
    "spelling_code",
    "split_full",
    "turned",
    "words",
]
