"""A linkage made elsewhere over all records at once: what it is given, and what it proposes. Both are decided by policy and written down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from carehub.careplan.protection import is_closed
from carehub.fhir.canonical import content_hash, loads
from carehub.governance.redaction import Disclosed
from carehub.governance.requester import Requester
from carehub.hub.hub import Hub
from carehub.hub.proposals_feed import Lot, message_of
from carehub.hub.rules_in_force import in_force
from carehub.identity import ruled, standardising
from carehub.identity.demographics import Demographics
from carehub.identity.links import Member
from carehub.identity.proposals import Proposal, a_name, vetoed
from carehub.store.ports import Links
from carehub.terms.errors import Rejected
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import iso

TOGETHER = 1000
"""So many records are read, and so many pairs are told, at once."""
FIELDS = (
    "record_id",
    "said",
    "source",
    "nhs_number",
    "nhs_number_trusted",
    "given_name",
    "family_name",
    "birth_date",
    "gender",
    "postcode",
)
OPTIONAL = ("phone", "email", "address", "died")
_WHERE = ("postcode", "phone", "email", "address")
FINDINGS = ("unusable", "unknown", "gone", "changed")
"""What a file should not have. Pairs that are not usable; that name a record nobody knows, or nobody tells any more; whose record says something else
since the export."""
VERDICTS = ("proposed", "asked already", "proposed already", "together", "answered", "vetoed", "unlikely", *FINDINGS)


@dataclass(frozen=True, slots=True)
class Pair:
    """What a linkage says of two records: their ids, and the probability that they are one person's, from 0 to 1. said: of each, as it was exported; ""
    where the linkage did not keep it."""

    a: str
    b: str
    probability: float
    said: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Imported:
    """counts: pairs by verdict (VERDICTS). strange: the first ids that nobody knows or tells any more. in_effect: whether what is asked stands on the
    worklist already."""

    counts: Mapping[str, int]
    strange: tuple[str, ...]
    in_effect: bool

    @property
    def read(self) -> int:
        return sum(self.counts.values())

    @property
    def findings(self) -> bool:
        """Whether anything was in the file that should not be."""
        return any(self.counts[verdict] for verdict in FINDINGS)


@dataclass(frozen=True, slots=True)
class BatchLinkage:
    """The verbs, over a hub. Each raises Refused and StoreBusy."""

    hub: Hub

    def export(self, requester: Requester, fields: Sequence[str], take: Callable[[Iterable[dict[str, str]]], int]) -> Disclosed[int]:
        """Give every patient record's standardised identity to `take`, which says how many it took; how many, then.

        fields: those of OPTIONAL that are wanted besides FIELDS. Two rows of the trail: before anything is read, and, once all was taken, how many; where
        the second cannot be written this raises, and what was taken must be thrown away. Raises Rejected (API-005) for a field that is none.
        """
        if strange := set(fields).difference(OPTIONAL):
            raise Rejected(issue("API-005", at=min(strange)))
        wanted = (*FIELDS, *(field for field in OPTIONAL if field in fields))
        door, what = self.hub.disclosing, f"all records for a batch linkage, {', '.join(wanted)}"
        taken = door.identity(requester, "link_in_batch", (), f"export begun: {what}", lambda: take(self._rows(wanted))).value
        return door.identity(requester, "link_in_batch", (), f"export taken: {taken} records; {what}", lambda: taken)

    def propose(self, requester: Requester, pairs: Iterable[Pair | None], tool: str, model: str, least: float = 0.0) -> Disclosed[Imported]:
        """DOOR IN: take what a linkage proposes. None of it links anybody: a pair that the lane's own rules neither join nor veto, and that no steward has
        answered, is put before the stewards. pairs: None for one that cannot be read. tool, model: what the linkage was made with. least: pairs of a
        lower probability are left out. Raises Rejected (API-005) for a name of tool or model that is none.
        """
        for name, said in (("tool", tool), ("model", model)):
            if not a_name(said):
                raise Rejected(issue("API-005", at=name))
        door, what = self.hub.disclosing, f"proposals of a batch linkage, {tool}, model {model}"
        found = door.identity(
            requester, "link_in_batch", (), f"import begun: {what}", lambda: self._take(requester, pairs, tool, model, least)
        ).value
        counts = f"{found.read} read, {found.counts['proposed']} put before the stewards"
        return door.identity(requester, "link_in_batch", (), f"import done: {counts}; {what}", lambda: found)

    def _rows(self, wanted: Sequence[str]) -> Iterator[dict[str, str]]:
        store = self.hub.store
        for members in _in_turn(store.links):
            bodies = store.records.current([member.patient for member in members])
            for member in members:
                told = bodies.get(member.patient)
                values = _values(member)
                if told is None or is_closed(loads(told.body)):
                    values |= dict.fromkeys(_WHERE, "")
                yield {field: values[field] for field in wanted}

    def _take(self, requester: Requester, pairs: Iterable[Pair | None], tool: str, model: str, least: float) -> Imported:
        counts, strange, in_effect = Counter(dict.fromkeys(VERDICTS, 0)), dict[str, None](), True
        told = iter(pairs)
        while lot := list(islice(told, TOGETHER)):
            at, usable = iso(self.hub.clock()), dict[tuple[str, str], Pair]()
            for pair in lot:
                ordered = _ordered(pair)
                if ordered is None:
                    counts["unusable"] += 1
                elif ordered.probability < least:
                    counts["unlikely"] += 1
                elif (ordered.a, ordered.b) in usable:
                    counts["proposed already"] += 1
                else:
                    usable[ordered.a, ordered.b] = ordered
            due = [Proposal(p.a, p.b, p.probability, tool, model, requester.user, at) for p in usable.values()]
            judged = self._judged(due, usable, strange)
            counts.update(judged.values())
            asked = tuple((one.a, one.b, one.probability) for one in due if judged[one.a, one.b] == "proposed")
            if asked:
                in_effect = self.hub.hear(message_of(Lot(tool, model, asked, requester.user, at))).in_effect
        return Imported(dict(counts), tuple(strange)[:TOGETHER], in_effect)

    def _judged(
        self, due: Sequence[Proposal], pairs: Mapping[tuple[str, str], Pair], strange: dict[str, None]
    ) -> dict[tuple[str, str], str]:
        links = self.hub.store.links
        scales = in_force(links.rules(), self.hub.log, self.hub.scales)
        named = {record for one in due for record in (one.a, one.b)}
        members = links.members(named)
        gone = {record for record in named - members.keys() if links.history(record)}
        strange.update(dict.fromkeys(sorted(named - members.keys())))
        standing = {(one.a, one.b): one for one in links.proposals(named)}
        asking = {(review.a, review.b) for review in links.reviews(named)}
        found: dict[tuple[str, str], str] = {}
        for one in due:
            pair = one.a, one.b
            a, b = members.get(one.a), members.get(one.b)
            if a is None or b is None:
                found[pair] = "gone" if gone.issuperset(record for record in pair if record not in members) else "unknown"
            elif any(said not in ("", said_of(member.demographics)) for said, member in zip(pairs[pair].said, (a, b), strict=True)):
                found[pair] = "changed"
            elif a.person == b.person:
                found[pair] = "together"
            elif _answered(pair, links):
                found[pair] = "answered"
            elif vetoed(a, b, scales):
                found[pair] = "vetoed"
            elif one.says(standing.get(pair)):
                found[pair] = "proposed already"
            else:
                found[pair] = "asked already" if pair in asking and pair not in standing else "proposed"
        return found


def said_of(says: Demographics) -> str:
    """A short mark of all that a record says of itself: another one where it says something else."""
    return content_hash(says)[:12]


def _in_turn(links: Links) -> Iterator[list[Member]]:
    after = ""
    while members := links.in_turn(after, TOGETHER):
        yield members
        after = members[-1].patient


def _values(member: Member) -> dict[str, str]:
    d = member.demographics
    number = "" if d.void else d.nhs_number
    return {
        "record_id": member.patient,
        "said": said_of(d),
        "source": d.source,
        "nhs_number": number,
        "nhs_number_trusted": ("true" if d.trusted else "false") if number else "",
        "given_name": d.given_key,
        "family_name": d.family_key,
        "birth_date": "" if standardising.is_no_birth_date(d.birth_date) else d.birth_date,
        "gender": d.gender,
        "postcode": d.postcode,
        "phone": next((number for number in d.phones if standardising.is_mobile(number)), next(iter(d.phones), "")),
        "email": d.email,
        "address": d.address_line,
        "died": "" if d.deceased == "true" else d.deceased,
    }


def _ordered(pair: Pair | None) -> Pair | None:
    if pair is None or not pair.a or not pair.b or pair.a == pair.b or not 0 <= pair.probability <= 1:
        return None
    return pair if pair.a < pair.b else Pair(pair.b, pair.a, pair.probability, (pair.said[1], pair.said[0]))


def _answered(pair: tuple[str, str], links: Links) -> bool:
    bound = ruled.standing(ruled.reachable(pair, links.rulings))
    return bound.settled(*pair) or bound.parted(*pair)
