"""Why a record is where it is, and where it was: records, links, history and rulings read together. Reads only; the door is hub.stewards."""

from __future__ import annotations

from collections.abc import Collection

from carehub.identity import ruled, rules
from carehub.identity.explaining import Belonging, Explanation, Side, compared, explain
from carehub.identity.rulings import counting
from carehub.identity.scales import Scales
from carehub.store.ports import Links
from carehub.terms.errors import Missing
from carehub.terms.issue_catalogue import issue


def side(patient: str, links: Links) -> Side:
    """A record as explaining wants it. Raises Missing for one that nobody tells."""
    member = links.members([patient]).get(patient)
    standing = links.links_of(member.person) if member else []
    link = next((link for link in standing if link.patient == patient), None)
    if member is None or link is None:
        raise Missing(issue("API-003"))
    return Side(patient, member.demographics, link, history(patient, links))


def history(patient: str, links: Links) -> tuple[Belonging, ...]:
    """Every link the record has had, oldest first."""
    return tuple(Belonging(*told) for told in links.history(patient))


def explain_pair(a: str, b: str, links: Links, scales: Scales | None = None) -> Explanation:
    """Why two records are together or not. A blind answer that does not count yet is not shown. scales: of the hub. Raises Missing."""
    sides = side(a, links), side(b, links)
    words = [ruling for ruling in counting(ruled.reachable([a, b], links.rulings)) if ruled.answered(ruling, a, b)]
    if scales is None:
        return explain(*sides, words, rules.judge, rules.RULES_VERSION)
    asked = next((review for review in links.reviews([a]) if b in (review.a, review.b)), None)
    return explain(*sides, words, scales.judge, scales.version, scales=scales, asked=asked)


def explain_link(patient: str, links: Links, scales: Scales | None = None, *, but: Collection[str] = ()) -> Explanation | None:
    """Why a record is in its person: explained against the record there that it has most in common with, one a steward tied it to first. None
    when it is alone. but: records not to explain it against. Raises Missing."""
    mine = side(patient, links)
    others = [link.patient for link in links.links_of(mine.link.person) if link.patient != patient and link.patient not in but]
    if not others:
        return None
    tied = {end for a, b, _ in ruled.standing(ruled.reachable([patient], links.rulings)).ties if patient in (a, b) for end in (a, b)}
    merged = {end for merge in links.merges_of([patient]) for end in (merge.surviving, merge.subsumed)}
    held = links.members(others)

    def rank(other: str) -> tuple[bool, bool, int, str]:
        agreeing = sum(one.level == "agree" for one in compared(mine.says, held[other].demographics))
        return other not in tied, other not in merged, -agreeing, other

    chosen = mine.link.against if mine.link.against in held and not tied else min(held, key=rank)
    return explain_pair(patient, chosen, links, scales)
