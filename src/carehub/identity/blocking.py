"""The keys under which two patient records become candidates for a review. They never link anything."""

from __future__ import annotations

from carehub.identity import standardising
from carehub.identity.demographics import Demographics

# More bearers than this and a key says nothing: it is skipped, and the settlement names its kind.
LIMIT = 50


def keys(d: Demographics) -> tuple[str, ...]:
    """Blocking keys, sorted, at most seven (and one for each superseded number); empty when nothing usable was said. "kind|value|value".

    nhs: any valid NHS number, verified or not, earlier ones too. born: birth date and the sound of the family name (with the first name
    where the date is a default). born-swapped: birth date and both names in either order. born-place: birth date, first name and postcode
    district. home: both names and the postcode. turned: both names and the birth date with day and month in either order. No key is a
    telephone number, a date or a name alone: households, care homes and the first of January share those.
    """
    found = {f"nhs|{number}" for number in (d.nhs_number, *d.superseded) if number}
    family, given, born = d.family_key, d.given_key, d.birth_date
    if len(born) == 10 and not standardising.is_no_birth_date(born):
        default = standardising.is_default_birth_date(born)
        if family and not default:
            found.add(f"born|{born}|{standardising.sound_code(family)}")
        if family and given:
            if default:
                found.add(f"born|{born}|{standardising.sound_code(family)}|{standardising.sound_code(given)}")
            found.add("born-swapped|" + "|".join((born, *sorted((family, given)))))
            found.add("turned|" + "|".join((born[:4], *sorted((born[5:7], born[8:])), family, given)))
        if given and d.postcode:
            found.add(f"born-place|{born}|{given}|{d.postcode.split()[0]}")
    if family and given and d.postcode:
        found.add(f"home|{family}|{given}|{d.postcode}")
    return tuple(sorted(found))


def kind(key: str) -> str:
    """The kind of a blocking key, which holds no patient data and may be logged."""
    return key.partition("|")[0]
