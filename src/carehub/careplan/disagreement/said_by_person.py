"""C9: what the person says of an allergy in their own words, and no clinical record holds. The words are searched for; they are never altered."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from carehub.careplan.conflicts import conflict
from carehub.careplan.disagreement.naming import statement
from carehub.careplan.plan import Conflict, Identity
from carehub.careplan.reading.draft import Draft
from carehub.careplan.reading.wording import comparable
from carehub.careplan.speakers import CLINICAL, Speakers, listed

# "allergic to plasters", "an allergy to latex"; not "not allergic to", "no allergy to". A list of several things is taken apart.
_SAID = re.compile(r"(?<!not )(?<!no )(?<!n't )\b(?:allergic|allergy|allergies|bad reaction|react badly) to ([^.;:!?()\n]+)", re.IGNORECASE)
_PARTED = re.compile(r",|\band\b|\bor\b|\bso\b|\bbut\b|\bbecause\b|\bwhich\b|\bthat\b|\bplease\b", re.IGNORECASE)
# Words of a record that name no thing: "Allergy to latex", "Latex allergy", "Adverse reaction to latex".
_FILLING = frozenset(
    {"allergy", "allergic", "adverse", "reaction", "drug", "substance", "intolerance", "sensitivity", "hypersensitivity", "product"}
)
_SMALL = frozenset({"my", "the", "all", "some", "any", "most", "a", "an", "also", "very"})


def find(about_me: Sequence[Draft], allergies: Sequence[Draft], who: Identity, names: Speakers) -> Iterator[Conflict]:
    """One conflict for each thing that About me names an allergy to and that is in no clinical source, current or past. Only what the person had
    written in carehub is said by them; what a source wrote down is that source's."""
    said: dict[str, list[tuple[Draft, str]]] = {}
    known = [_stems(d.traits.name) - _FILLING for d in allergies if d.entry.attributions[0].source.kind in CLINICAL]
    for draft in sorted(about_me, key=lambda d: d.entry.key):
        if not draft.entry.active:
            continue
        told = [draft.entry.title, *(fact.value for fact in draft.entry.facts)]
        for thing, words in dict(pair for text in told for pair in _allergens(text)).items():
            if not _is_known(_stems(thing), known):
                said.setdefault(thing, []).append((draft, words))
    for thing, held in said.items():
        told_by = [draft.entry.attributions[0] for draft, _ in held]
        own = any(told.record.startswith("QuestionnaireResponse/") for told in told_by)
        by = f"Said by {called(who)}" if own else f"Written down by {listed(names[told.source] for told in told_by)}"
        sides = [statement(draft, words) for draft, words in held]
        yield conflict("C9", held[0][0].entry.section, "high", f"{by}; not in any clinical record.", sides, about=[thing])


def called(who: Identity) -> str:
    """What the person is called: by the name they prefer, else their given name."""
    preferred = next((value.value for value in who.values if value.label == "Preferred name"), "")
    return preferred or who.given.partition(" ")[0] or "the person"


def _allergens(text: str) -> Iterator[tuple[str, str]]:
    """(thing, the words it was said in)."""
    for found in _SAID.finditer(text):
        for part in _PARTED.split(found[1]):
            thing = " ".join(word for word in comparable(part).split() if word not in _SMALL)
            if thing and len(thing.split()) <= 4:
                yield thing, text.strip()


def _is_known(thing: set[str], known: Sequence[set[str]]) -> bool:
    """Whether a clinical record names this, or something wider: penicillin covers "penicillin tablets"; goat's milk covers neither milk nor cow's
    milk, because a shared word is not the same thing."""
    return any(named and named <= thing for named in known)


def _stems(name: str) -> set[str]:
    """Words without the s of a plural: "plasters" is known where "plaster" is."""
    return {word.removesuffix("s") for word in name.split() if len(word) > 2 and word not in _SMALL}
