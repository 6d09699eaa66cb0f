"""Where a restricted person lives, as it is written in words: in notes, names of places, letters (hazard H-26). Words stand in its place.

What any record of the person tells as an address, a way to reach somebody or a GP practice is known by its letters, wherever it stands; beside it
whatever has the form of a postcode, a telephone number, an e-mail address or a house in a street. A place told in no such form cannot be known.
"""

from __future__ import annotations

import base64
import re
from binascii import Error as NotBase64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from carehub.fhir.resource import Resource, many, text

PROTECTED = "Address protected"
"""What stands in the place of an address (SCREENS S10), and of a telephone number or e-mail address."""

PRACTICE_PROTECTED = "GP and practice protected"
WORDS_PROTECTED = "[protected]"
DOCUMENT_PROTECTED = "Document protected: it may say where the person lives"

# Elements of R4 that hold words for people. Codes, ids, dates and references are in none of them.
_WORDS = frozenset({
    "text", "div", "display", "description", "comment", "title", "name", "line", "postalCode", "patientInstruction", "conclusion", "summary",
    "detail", "contentString", "valueString", "valueMarkdown", "authorString",
})  # fmt: skip
# What is written where an address should be, and stands elsewhere with a meaning of its own.
_NO_PLACE = frozenset(("not known", "not given", "not recorded", "no fixed abode", "no address", "of no fixed abode", "see notes"))
_ROADS = "Street|Road|Lane|Avenue|Close|Drive|Court|Gardens?|Way|Crescent|Terrace|Grove|Hill|Place|Row|Walk|Square|Mews|Rise|Green|Park|St|Rd|Ave"
_FORMS = re.compile(
    # Inward letters as postcodes have them: none of C I K M O V, so that "B12 5MG" is no postcode; nor is a vitamin, one twice daily ("B12 1BD").
    r"\b(?![BDK]\d{1,2} ?\d[BTQ]D\b)[A-Z]{1,2}\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{2}\b"
    # Two digits together after the nought, so that a day with its time ("05-12-2026 10:30") is no number.
    r"|(?<!\d)(?<!\d\.)(?:\+44[ -]?(?:\(0\) ?)?\d\d|\(?0\d\d)(?:[ ()-]{0,2}\d){7,8}(?!\.?\d)"
    # Bounded, and begun only where a word begins: a long run without its "@" is read once.
    r"|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{0,190}\w"
    rf"|\b\d{{1,4}}[A-Za-z]?,? (?:[A-Z][\w'’-]{{1,30}} ){{1,3}}(?:{_ROADS})\b"
)
_SHORTEST = 5
# Beside these, "data" is a curve (SampledData) or a signature, not a document.
OTHER_DATA = frozenset(("dimensions", "who"))


@dataclass(frozen=True, slots=True)
class Cover:
    """known: what the records of one person tell of where they live, or None where they tell nothing."""

    known: re.Pattern[str] | None

    def words(self, told: str) -> str:
        """The text with WORDS_PROTECTED in the place of every such word; otherwise letter for letter."""
        told = self.known.sub(WORDS_PROTECTED, told) if self.known else told
        return _FORMS.sub(WORDS_PROTECTED, told)

    def resource(self, resource: Resource) -> Resource:
        """A resource with its words covered and its documents too; the same one where there was nothing to cover."""
        found: Resource = self._any(resource, "")
        return found

    def _any(self, told: Any, name: str) -> Any:
        if isinstance(told, str):
            return self.words(told) if name in _WORDS else told
        if isinstance(told, list):
            items = [self._any(one, name) for one in told]
            return told if all(a is b for a, b in zip(items, told, strict=True)) else items
        if not isinstance(told, dict):
            return told
        parts = {key: self._any(value, key) for key, value in told.items()}
        if isinstance(told.get("data"), str) and not told.keys() & OTHER_DATA:
            parts = self._document(parts)
        return told if parts.keys() == told.keys() and all(parts[key] is told[key] for key in told) else parts

    def _document(self, attachment: dict[str, Any]) -> dict[str, Any]:
        """An Attachment or a Binary: text is covered; what cannot be read as text goes, and its title says so."""
        told = text_of(attachment)
        if told is not None and self.words(told) == told:
            return attachment
        left = {key: value for key, value in attachment.items() if key not in ("data", "size", "hash")}
        if told is not None:
            return left | {"data": base64.b64encode(self.words(told).encode()).decode()}
        return left if left.get("resourceType") == "Binary" else left | {"title": DOCUMENT_PROTECTED}


def cover_of(resources: Iterable[Resource]) -> Cover:
    """What covers the words of one person. resources: all their records, of every source, those that are withdrawn too."""
    told = {found for resource in resources for found in _places(resource) if len(found) >= _SHORTEST}
    known = {one for one in told if one.strip().casefold() not in _NO_PLACE} - {PROTECTED, PRACTICE_PROTECTED}
    patterns = [_loosely(one) for one in sorted(known, key=lambda one: (-len(one), one))]
    return Cover(re.compile("|".join(patterns), re.IGNORECASE) if patterns else None)


def _places(resource: Resource) -> Iterator[str]:
    if resource.get("resourceType") not in ("Patient", "RelatedPerson"):
        return
    for element in (resource, *many(resource, "contact")):
        addresses = element.get("address") if isinstance(element, dict) else None
        for address in addresses if isinstance(addresses, list) else [addresses]:
            if isinstance(address, dict):
                yield from filter(_is_more_than_a_word, map(str, (*many(address, "line"), text(address, "text"))))
                yield text(address, "postalCode")
        yield from (text(point, "value") for point in many(element, "telecom") if isinstance(point, dict))
    practices = (text(one, "display") for one in many(resource, "generalPractitioner") if isinstance(one, dict))
    yield from filter(_is_more_than_a_word, practices)


def _is_more_than_a_word(told: str) -> bool:
    """A single word, such as a town or "Surgery", stands in too many words that tell no place where somebody lives."""
    return len(told.split()) > 1


def _loosely(told: str) -> str:
    """The same letters and digits, whatever stands between them: "ZZ11AA" and "ZZ1 1AA", "12, Oak Street" and "12 Oak Street"."""
    runs = re.findall(r"\d|[^\W\d]+", told)
    return r"(?<!\w)" + r"[\W_]{0,3}".join(map(re.escape, runs)) + r"(?!\w)" if runs else r"(?!)"


def text_of(attachment: dict[str, Any]) -> str | None:
    """What a document says, where it is text in UTF-8."""
    kind = str(attachment.get("contentType")).lower()
    if not ((kind.startswith("text/") and "rtf" not in kind) or kind.partition(";")[0].endswith(("xml", "json"))):
        return None
    try:
        told = base64.b64decode(attachment["data"], validate=True).decode()
    except (NotBase64, ValueError):
        return None
    # Two bytes a letter: no word of it would be found.
    return None if "\0" in told else told
