"""Scales: what the lane weighs records with. A model and settings in force, and which records they put together. A function of the records given.

Nothing here is remembered but what can be worked out again, so that a replay decides the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, NamedTuple

from carehub.identity import features, links, near_keys, rules, standardising
from carehub.identity.bearers import Alike, Bearing, Pairs, nobody_looked
from carehub.identity.decision import AUTO, CERTAIN, NONE, TELLING, TRACED, certain, guard, traced, veto
from carehub.identity.demographics import Demographics
from carehub.identity.features import Features
from carehub.identity.matching import Settings
from carehub.identity.outlook import Outlook
from carehub.identity.pairing import Comparer, Pair
from carehub.identity.partition import Evidence, Partition, evidence, gather
from carehub.identity.rules import Judgement
from carehub.identity.weighing import Weighing, weigh
from carehub.identity.weights import Model

# Records, pairs and weighings remembered; a record is about 2 kB, a pair half of one, a weighing 3 kB with its sentences.
_RECORDS = 150_000
_PAIRS = 150_000
_WEIGHINGS = 10_000


class Doubt(NamedTuple):
    """Two records, a < b, whose persons the scales neither put together nor clearly apart. rule: a key of decision.SENTENCES; total: in bits, of
    the two persons as a whole, whose records are one and other."""

    a: str
    b: str
    rule: str
    total: float
    one: tuple[str, ...]
    other: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Weighed:
    """of: atom → atom whose name the whole class takes. doubts: pairs to ask about. traced: pairs a < b that the rule traced-number puts together."""

    of: Mapping[str, str]
    doubts: tuple[Doubt, ...]
    traced: frozenset[tuple[str, str]] = frozenset()


class Scales:
    """version: of the rules that set the thresholds; every link by evidence and every explanation carries it. content: of their file (rule_file.short)."""

    def __init__(self, model: Model, settings: Settings | None = None, version: int = 1, content: int = 0) -> None:
        self.model = model
        self.settings = settings or Settings()
        self.version = version
        self.content = content
        self._comparer = Comparer(model)
        self._outlook = Outlook(self._comparer)
        self._records: dict[str, tuple[Demographics, Features]] = {}
        self._pairs: dict[tuple[str, str], tuple[Features, Features, Pair, float]] = {}
        self._weighings: dict[tuple[str, str], tuple[Features, Features, Weighing]] = {}

    def read(self, patient: str, says: Demographics) -> Features:
        """A record as the model compares it. Told again in the same words it is the same object for as long as it is remembered."""
        found = self._records.get(patient)
        if found is not None and found[0] is says:
            return found[1]
        if found is None or found[0] != says:
            _forget(self._records, _RECORDS)
            found = (says, self._fresh(patient, says))
        self._records[patient] = says, found[1]  # the next one to ask has the same object, as a rule
        return found[1]

    def keys(self, patient: str, says: Demographics) -> tuple[int, ...]:
        """See near_keys."""
        return near_keys.keys(self.read(patient, says))

    @property
    def watching(self) -> bool:
        """Whether it matters who else could be meant by a number."""
        return TRACED not in self.settings.zones.off

    def pair(self, a: Features, b: Features) -> tuple[Pair, float]:
        """How two records compare, and their score in bits. Symmetric."""
        if b.record < a.record:
            a, b = b, a
        found = self._pairs.get((a.record, b.record))
        if found is None or found[0] is not a or found[1] is not b:
            pair = self._comparer.pair(a, b)
            total = self.model.prior + sum(weight for weight in pair[0] if weight is not None)
            _forget(self._pairs, _PAIRS)
            found = self._pairs[a.record, b.record] = (a, b, pair, total)
        return found[2], found[3]

    def weigh(self, a: Features, b: Features) -> Weighing:
        """Two records with a sentence for each field."""
        if b.record < a.record:
            a, b = b, a
        found = self._weighings.get((a.record, b.record))
        if found is None or found[0] is not a or found[1] is not b:
            _forget(self._weighings, _WEIGHINGS)
            found = self._weighings[a.record, b.record] = (a, b, self.weigh_persons([a], [b]))
        return found[2]

    def weigh_persons(self, one: Sequence[Features], other: Sequence[Features]) -> Weighing:
        """Two persons' records with a sentence for each field."""
        return weigh(self._comparer, one, other, self.settings.zones, self.settings.share)

    def judge(self, a: Demographics, b: Demographics) -> Judgement:
        """Two records by the rules, and where those decide nothing by their evidence alone: what the lane would do if there were no others."""
        found = rules.judge(a, b)
        told = self.compare(a, b)
        if found.result is links.MatchResult.MATCH or (told.zone == NONE and found.result is not links.MatchResult.NO_MATCH):
            return found
        if told.zone == NONE:
            return Judgement(found.result, told.rule, told.because, by_field(told))
        result = links.MatchResult.MATCH if told.zone == AUTO else links.MatchResult.POSSIBLE_MATCH
        return Judgement(result, "evidence" if told.zone == AUTO and told.rule != TRACED else told.rule, told.because, by_field(told))

    def compare(self, a: Demographics, b: Demographics) -> Weighing:
        """Two records weighed with each other, a sentence for each field."""
        return self.weigh_persons([self._fresh("a", a)], [self._fresh("b", b)])

    def _fresh(self, name: str, says: Demographics) -> Features:
        found = read(name, says)
        found.bits = self.model.bits(found)
        return found

    def near(self, a: Features, others: Mapping[str, Features]) -> set[str]:
        """Those of the records that are near this one; none of them is this one."""
        return {name for name in self._outlook.promising(a, others, others, self.settings.touch) if self._is_near(a, others[name])}

    def _is_near(self, a: Features, b: Features) -> bool:
        """Whether two records that share a near key are worth settling together: by their weight, or by a rule that links whatever they weigh."""
        zones = self.settings.zones
        (_, told), total = self.pair(a, b)
        close = total >= self.settings.touch or (CERTAIN not in zones.off and certain(a, b, told)) or (self.watching and traced(a, b))
        return close and not veto(a, b, zones.once, zones.off)

    def settle(
        self,
        atoms: Mapping[str, Sequence[Features]],
        parted: Callable[[str, str], bool],
        settled: Callable[[str, str], bool],
        alike: Alike = nobody_looked,
        idle: Collection[str] = frozenset(),
    ) -> Weighed:
        """Which of these atoms are one person. atoms: name → records that are together by key, merge or ruling, which the scales never part.
        parted: records that a steward keeps apart; settled: pairs that a steward has answered, about which nobody is asked. alike: see bearers;
        idle: records near these that draw nobody."""
        names = sorted(atoms, key=lambda name: min(f.record for f in atoms[name]))
        members = [sorted(atoms[name], key=lambda f: f.record) for name in names]
        zones = self.settings.zones
        work = Partition(
            len(names),
            lambda a, b: self._evidence(members[a], members[b], parted),
            lambda found: guard(found, zones.off),
            prior=self.model.prior,
            telling=TELLING,
            share=self.settings.share,
        )
        for a, b in combinations(range(len(names)), 2) if CERTAIN not in zones.off else ():
            if a in work.groups and b in work.groups and not work.vetoed(a, b) and self._certain(members[a], members[b]):
                work.join(a, b)
        proven = self._traced(members, parted, alike, idle) if self.watching else []
        place = {f.record: at for at, records in enumerate(members) for f in records}
        for bearer, mate in proven:
            a, b = sorted((work.group(place[bearer.record]), work.group(place[mate.record])))
            if a != b and not work.vetoed(a, b):
                work.join(a, b)
        work.agglomerate(zones.auto, zones.margin)
        of = {}
        for places in work.groups.values():
            head = min(places, key=lambda at: (-len(members[at]), names[at]))
            of.update({names[at]: names[head] for at in places})
        doubts = []
        for one in work.asked(zones.review, zones.margin):
            sides = [[f for at in work.groups[side] for f in members[at]] for side in (one.a, one.b)]
            closest = self._closest(sides[0], sides[1], settled)
            if closest:
                left, right = (tuple(sorted(f.record for f in side)) for side in sides)
                doubts.append(Doubt(*closest, one.rule, one.score, left, right))
        return Weighed(of, tuple(sorted(doubts)), frozenset((min(pair), max(pair)) for pair in ((a.record, b.record) for a, b in proven)))

    def _traced(
        self, people: Sequence[Sequence[Features]], parted: Callable[[str, str], bool], alike: Alike, idle: Collection[str]
    ) -> Pairs:
        zones, here = self.settings.zones, {f.record for records in people for f in records}

        def apart(a: Features, b: Features) -> bool:
            return bool(veto(a, b, zones.once, zones.off)) or ({a.record, b.record} <= here and parted(a.record, b.record))

        return Bearing(lambda a, b: self.pair(a, b)[0][1], apart, idle).pairs(people, alike)

    def _evidence(self, one: Sequence[Features], other: Sequence[Features], parted: Callable[[str, str], bool]) -> Evidence | None:
        zones = self.settings.zones
        found: Evidence | None = None
        for a, b in _across(one, other):
            if veto(a, b, zones.once, zones.off) or parted(a.record, b.record):
                return None
            pair = self.pair(a, b)[0]
            if found is None:
                found = evidence(pair)
            else:
                gather(found, pair)
        return found

    def _certain(self, one: Sequence[Features], other: Sequence[Features]) -> bool:
        return any(certain(a, b, self.pair(a, b)[0][1]) for a, b in _across(one, other))

    def _closest(self, one: Sequence[Features], other: Sequence[Features], settled: Callable[[str, str], bool]) -> tuple[str, str] | None:
        """The two records to put before a steward: the pair that agrees most of those nobody has answered."""
        unanswered = [(a, b) if a.record < b.record else (b, a) for a, b in _across(one, other) if not settled(a.record, b.record)]
        if not unanswered:
            return None
        a, b = min(unanswered, key=lambda both: (-self.pair(*both)[1], both[0].record, both[1].record))
        return a.record, b.record


def read(patient: str, d: Demographics) -> Features:
    """Demographics in the form that the model compares. A number counts as verified exactly when the lane trusts it."""
    first, _, rest = d.given.partition(" ")
    # "Mohammed Ali" is one name; a title or a word such as baby stays with what follows it.
    whole = not standardising.given_joined(first) or standardising.given_key(first) != standardising.given_key(d.given)
    mobile = next((number for number in d.phones if standardising.is_mobile(number)), "")
    found = features.read(
        patient,
        {
            "number": "" if d.void else d.nhs_number,
            "number_status": "01" if d.trusted else "02",
            "former": " ".join(d.superseded),
            "given": d.given if whole else first,
            "middle": "" if whole else rest,
            "family": d.family,
            "born": "" if standardising.is_no_birth_date(d.birth_date) else d.birth_date,
            "sex": d.gender,
            "postcode": d.postcode,
            "address": d.address,
            "phone": mobile or next(iter(d.phones), ""),
            "email": d.email,
            "source": d.source,
            "died": "" if d.deceased == "true" else d.deceased,
        },
    )
    found.traced = found.verified and d.traced
    return found


# The fields of a model by the names that reviews and pages use.
FIELDS = {"number": "nhs_number", "born": "birth_date", "sex": "gender", "others": "further_given", "place": "address"}


def by_field(told: Weighing) -> tuple[links.Evidence, ...]:
    """A weighing as evidence: the fields that both say, in the order of the model. The prior and the bits sum to the total."""
    said = (part for part in told.fields if part.level != "missing")
    return tuple(links.Evidence(FIELDS.get(part.field, part.field), part.level, part.sentence, part.bits) for part in said)


def _across(one: Sequence[Features], other: Sequence[Features]) -> Iterator[tuple[Features, Features]]:
    return ((a, b) for a in one for b in other)


def _forget(held: dict[Any, Any], most: int) -> None:
    """Make room: the quarter that came first goes."""
    if len(held) >= most:
        for key in list(held)[: most // 4]:
            del held[key]
