"""Links in SQL: the lane's door, and what anyone may read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import or_, select

from carehub.fhir.canonical import dumps, known, restore
from carehub.identity.links import Link, Member, Review, StandingMerge
from carehub.identity.rulings import Report, Ruling, TakingBack
from carehub.store.rules_standing import ClosedReview, RulesStanding
from carehub.store.sql.key_rows import indexed
from carehub.store.sql.lane import LaneStatements, SqlLane, member, standing_merge
from carehub.store.sql.of_this_version import OfThisVersion
from carehub.store.sql.places import Place
from carehub.store.sql.rules_rows import RULES_NAMES, closed_of, standing_of
from carehub.store.sql.ruling_tables import report_lifts, reports
from carehub.store.sql.statements import Statement, argument, one_of
from carehub.store.sql.tables import link_history, links, members, redirects, reviews


class SqlLinks:
    """carehub.store.ports.Links."""

    def __init__(self, place: Place) -> None:
        dialect = place.dialect
        self._place = place
        self._lane = LaneStatements(place)
        self._tables = OfThisVersion(place, "record")
        self.proposals = self._lane.proposals.reading(place.rows)
        self._person_of = place.prepare(select(links.c.patient, links.c.person).where(one_of(links.c.patient, dialect)))
        alive = select(links.c.person).where(links.c.person == argument("person_is")).limit(1).scalar_subquery()
        led = select(redirects.c.other).where(redirects.c.person == argument("person_is")).scalar_subquery()
        self._alive = place.prepare(select(alive, led))
        standing = select(links.c.person, links.c.link).where(one_of(links.c.person, dialect))
        self._links_of = place.prepare(standing.order_by(links.c.person, links.c.patient))
        h = link_history
        self._history = place.prepare(select(h.c.position, h.c.at, h.c.link).where(h.c.patient == argument("patient_is")).order_by(h.c.id))
        self._reviews = place.prepare(select(reviews.c.review))
        self._reviews_of = place.prepare(select(reviews.c.review).where(or_(one_of(reviews.c.a, dialect), one_of(reviews.c.b, dialect))))
        self._persons = place.prepare(select(links.c.person).distinct().order_by(links.c.person))
        told = select(reports.c.said, report_lifts.c.said).outerjoin(report_lifts, report_lifts.c.report == reports.c.report)
        self._all_reports = place.prepare(told.order_by(reports.c.position, reports.c.report))
        self._reports = place.prepare(told.where(one_of(reports.c.patient, dialect)).order_by(reports.c.position, reports.c.report))
        self._put_report = place.inserting(reports, update=("patient", "position", "said"))
        self._put_lift = place.inserting(report_lifts, update=("said",))
        self._finding: dict[tuple[str, ...], Statement] = {}

    @contextmanager
    def lane(self) -> Iterator[SqlLane]:
        """See the port. Waits up to 10 seconds for the lane, then raises StoreBusy. On SQLite other writes to record.db wait too."""
        with self._place.writing("lane") as writing:
            self._tables.check(writing)
            lane = SqlLane(writing, self._lane)
            yield lane
            if lane.held:
                writing.undo()

    def lane_position(self) -> int:
        rows = self._place.rows(self._lane.position, counter="lane")
        return int(rows[0][0]) if rows else 0

    def rules(self) -> RulesStanding | None:
        return standing_of(self._place.rows(self._lane.rules.standing, ids=self._place.listed(RULES_NAMES)))

    def closed_review(self, id: str) -> ClosedReview | None:
        return closed_of(self._place.rows(self._lane.rules.closed, review_is=id))

    def members(self, patients: Iterable[str]) -> dict[str, Member]:
        return {m.patient: m for m in map(member, self._place.rows(self._lane.members, ids=self._place.listed(patients)))}

    def in_turn(self, after: str, limit: int) -> list[Member]:
        return [member(row) for row in self._place.rows(self._lane.in_turn, after=after, most=limit)]

    def person_of(self, patients: Iterable[str]) -> dict[str, str]:
        return dict(self._place.rows(self._person_of, ids=self._place.listed(patients)))

    def current_person(self, person: str) -> str | None:
        seen: set[str] = set()
        while person not in seen:
            seen.add(person)
            [(alive, led)] = self._place.rows(self._alive, person_is=person)
            if alive is not None:
                return person
            if led is None:
                return None
            person = led
        return None

    def links_of(self, person: str) -> list[Link]:
        return self.links_of_each([person]).get(person, [])

    def links_of_each(self, persons: Iterable[str]) -> dict[str, list[Link]]:
        found: dict[str, list[Link]] = {}
        for person, link in self._place.rows(self._links_of, ids=self._place.listed(persons)):
            found.setdefault(person, []).append(restore(link, Link))
        return found

    def history(self, patient: str) -> list[tuple[int, str, Link]]:
        return [(position, at, restore(link, Link)) for position, at, link in self._place.rows(self._history, patient_is=patient)]

    def reviews(self, patients: Iterable[str] | None = None) -> list[Review]:
        if patients is None:
            return sorted(restore(review, Review) for (review,) in self._place.rows(self._reviews))
        rows = self._place.rows(self._reviews_of, ids=self._place.listed(patients))
        return sorted(restore(review, Review) for (review,) in rows)

    def merges_of(self, patients: Iterable[str]) -> list[StandingMerge]:
        return [standing_merge(row) for row in self._place.rows(self._lane.merges, ids=self._place.listed(patients))]

    def rulings(self, patients: Iterable[str] | None = None) -> list[Ruling]:
        if patients is None:
            return [restore(said, Ruling) for (said,) in self._place.rows(self._lane.all_rulings)]
        return [restore(said, Ruling) for (said,) in self._place.rows(self._lane.rulings, ids=self._place.listed(patients))]

    def put_reports(self, reports: Sequence[Report], lifted: Sequence[TakingBack]) -> None:
        with self._place.writing() as writing:
            writing.many(self._put_report, [(r.id, r.record, r.position, dumps(r)) for r in reports])
            writing.many(self._put_lift, [(back.ruling, dumps(back)) for back in lifted])

    def reports(self, records: Iterable[str] | None = None) -> list[Report]:
        chosen = {} if records is None else {"ids": self._place.listed(records)}
        rows = self._place.rows(self._reports if chosen else self._all_reports, **chosen)
        return [replace(restore(said, Report), lifted=restore(lift, TakingBack) if lift else None) for said, lift in rows]

    def persons(self) -> list[str]:
        return [person for (person,) in self._place.rows(self._persons)]

    def find(self, *, nhs_number: str = "", family_key: str = "", birth_date: str = "", postcode: str = "", limit: int = 50) -> list[str]:
        asked = {"nhs_number": nhs_number, "family_key": family_key, "birth_date": birth_date, "postcode": postcode}
        given = {column: indexed(value) for column, value in asked.items() if value}
        if not given:
            return []
        fields = tuple(given)
        if fields not in self._finding:
            agreeing = [members.c[column] == argument(f"{column}_is") for column in fields]
            found = select(links.c.person).join(members, members.c.patient == links.c.patient).where(*agreeing)
            self._finding[fields] = self._place.prepare(found.distinct().order_by(links.c.person).limit(argument("most")))
        named = {f"{column}_is": value for column, value in given.items()}
        return [person for (person,) in self._place.rows(self._finding[fields], most=limit, **named)]


for _kind in (Link, Report, Review, Ruling, TakingBack):
    known(_kind)
