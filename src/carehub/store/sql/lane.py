"""The identity lane in SQL: reads and the one commit, inside one write transaction that only one process can hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Table, delete, func, or_, select, update
from sqlalchemy.engine import Dialect

from carehub.fhir.canonical import content_hash, dumps, loads, restore
from carehub.identity.links import Link, MatchResult, Member, StandingMerge
from carehub.identity.rulings import Ruling
from carehub.store.dating import dated
from carehub.store.founding import first_free
from carehub.store.rules_standing import RulesStanding
from carehub.store.sql.key_rows import Keys, indexed
from carehub.store.sql.near_key_table import near_keys, neighbours
from carehub.store.sql.places import Place
from carehub.store.sql.proposal_rows import ProposalStatements
from carehub.store.sql.rules_rows import RULES_NAMES, RulesStatements, standing_of
from carehub.store.sql.ruling_tables import ruling_records, rulings
from carehub.store.sql.statements import argument, each_number, one_of
from carehub.store.sql.tables import (
    counters,
    dirt,
    link_history,
    links,
    member_keys,
    members,
    merges,
    persons,
    redirects,
    reviews,
    revisits,
)
from carehub.store.sql.writing import Writing
from carehub.store.stored import LaneBatch, Revisit
from carehub.terms.errors import Overtaken
from carehub.terms.issue_catalogue import issue


class LaneStatements:
    """Compiled once for a database."""

    def __init__(self, place: Place) -> None:
        dialect = place.dialect
        m, k = members, member_keys
        self.listed = place.listed
        self.position = place.prepare(select(counters.c.value).where(counters.c.name == argument("counter")))
        whole = select(m.c.member, m.c.person, m.c.patient)
        self.members = place.prepare(whole.where(one_of(m.c.patient, dialect)))
        self.of_persons = place.prepare(whole.where(one_of(m.c.person, dialect)).order_by(m.c.patient))
        self.in_turn = place.prepare(whole.where(m.c.patient > argument("after")).order_by(m.c.patient).limit(argument("most")))
        self.sharing = place.prepare(
            whole.where(m.c.patient.in_(select(k.c.patient).where(one_of(k.c.key, dialect)))).order_by(m.c.patient)
        )
        self.bearing = place.prepare(_bearing(dialect))
        self.put_near_key = place.inserting(near_keys, update=())
        self.drop_near_key = place.prepare(_dropping(near_keys))
        self.neighbours = place.prepare(select(neighbours).where(one_of(neighbours.c.patient, dialect)))
        self.put_neighbours = place.inserting(neighbours, update=("near",))
        self.drop_neighbours = place.prepare(delete(neighbours).where(one_of(neighbours.c.patient, dialect)))
        self.links = place.prepare(select(links.c.patient, links.c.link).where(one_of(links.c.patient, dialect)))
        self.merges = place.prepare(
            select(merges)
            .where(or_(one_of(merges.c.surviving, dialect), one_of(merges.c.subsumed, dialect)))
            .order_by(merges.c.surviving, merges.c.subsumed, merges.c.message)
        )
        naming = select(ruling_records.c.ruling).where(one_of(ruling_records.c.patient, dialect))
        said = select(rulings.c.said).order_by(rulings.c.position, rulings.c.ruling)
        self.any_ruling = place.prepare(select(rulings.c.ruling).limit(1))
        self.rulings = place.prepare(said.where(rulings.c.ruling.in_(naming)))
        self.all_rulings = place.prepare(said)
        self.put_ruling = place.inserting(rulings, update=("position", "said"))
        self.put_named = place.inserting(ruling_records, update=())
        self.rules = RulesStatements(place)
        self.proposals = ProposalStatements(place)
        self.known = place.prepare(select(persons.c.person).where(one_of(persons.c.person, dialect)))
        self.move = place.inserting(counters, update=("value",))
        self.put_member = place.inserting(m, update=[c.name for c in m.columns if c.name != "patient"])
        self.drop_key = place.prepare(_dropping(k))
        self.put_key = place.inserting(k, update=())
        self.put_link = place.inserting(links, update=("person", "link"))
        self.drop_link = place.prepare(delete(links).where(links.c.patient == argument("patient_is")))
        self.join = place.prepare(update(m).where(m.c.patient == argument("patient_is")).values(person=argument("person_is")))
        self.highest_told = place.prepare(select(func.coalesce(func.max(link_history.c.id), 0)))
        self.tell = place.inserting(link_history, update=())
        self.found = place.inserting(persons, update=())
        self.drop_reviews = place.prepare(delete(reviews).where(or_(one_of(reviews.c.a, dialect), one_of(reviews.c.b, dialect))))
        self.put_review = place.inserting(reviews, update=("review",))
        self.put_merge = place.inserting(merges, update=("position", "told_at", "undone"))
        self.redirect = place.inserting(redirects, update=("other",))
        self.dirty = place.inserting(dirt, update=("position",))
        self.drop_members = place.prepare(delete(m).where(one_of(m.c.patient, dialect)))
        v = revisits
        self.revisits = place.prepare(
            select(v.c.message, v.c.position, v.c.patient, v.c.stamp)
            .where(v.c.position <= argument("upto"))
            .order_by(v.c.position, v.c.message, v.c.patient)
            .limit(argument("most"))
        )
        self.revisited = place.prepare(
            delete(v).where(v.c.message == argument("message_is"), v.c.patient == argument("patient_is"), v.c.stamp == argument("stamp_is"))
        )


class SqlLane:
    """carehub.store.ports.Lane. While it is held nobody else writes what it reads, so members and links are read and decoded once."""

    def __init__(self, writing: Writing, statements: LaneStatements) -> None:
        self._writing = writing
        self._do = statements
        self._unruled: bool | None = None
        self.proposals = statements.proposals.reading(writing.rows)
        self._position: int | None = None
        self._stood: dict[str, Member | None] = {}
        self._linked: dict[str, bytes | None] = {}
        self.held = True

    def position(self) -> int:
        if self._position is None:
            rows = self._writing.rows(self._do.position, counter="lane")
            self._position = int(rows[0][0]) if rows else 0
        return self._position

    def rules(self) -> RulesStanding | None:
        return standing_of(self._writing.rows(self._do.rules.standing, ids=self._do.listed(RULES_NAMES)))

    def in_order(self, after: int, limit: int) -> list[Member]:
        return [member(row) for row in self._writing.rows(self._do.rules.in_order, after=after, most=limit)]

    def revisits(self, upto: int, limit: int) -> list[Revisit]:
        return [Revisit(*row) for row in self._writing.rows(self._do.revisits, upto=upto, most=limit)]

    def members(self, patients: Iterable[str]) -> dict[str, Member]:
        wanted, stood = set(patients), self._stood
        if unread := [patient for patient in wanted if patient not in stood]:
            stood.update(dict.fromkeys(unread))
            self._decoded(self._writing.rows(self._do.members, ids=self._do.listed(unread)))
        return {patient: known for patient in wanted if (known := stood[patient]) is not None}

    def sharing(self, keys: Iterable[str]) -> list[Member]:
        return self._decoded(self._writing.rows(self._do.sharing, ids=self._do.listed(map(indexed, keys))))

    def _decoded(self, rows: Iterable[Any]) -> list[Member]:
        stood = self._stood
        found = []
        for row in rows:
            known = stood.get(row[2])
            if known is None:
                known = stood[row[2]] = member(row)
            found.append(known)
        return found

    def bearing(self, keys: Iterable[int], most: int) -> dict[int, list[str]]:
        rows = self._writing.rows(self._do.bearing, ids=self._do.listed(keys), most=most)
        return {key: loads(said) if isinstance(said, str) else said for key, said in rows if said not in (None, "[]")}

    def neighbours(self, patients: Iterable[str]) -> dict[str, tuple[str, ...]]:
        return {p: tuple(loads(near)) for p, near in self._writing.rows(self._do.neighbours, ids=self._do.listed(patients))}

    def of_persons(self, persons: Iterable[str]) -> list[Member]:
        wanted = self._do.listed(person for person in persons if person)
        return self._decoded(self._writing.rows(self._do.of_persons, ids=wanted))

    def links(self, patients: Iterable[str]) -> dict[str, Link]:
        return {patient: restore(link, Link) for patient, link in self._link_rows(patients).items()}

    def _link_rows(self, patients: Iterable[str]) -> dict[str, bytes]:
        wanted, linked = set(patients), self._linked
        if unread := [patient for patient in wanted if patient not in linked]:
            linked.update(dict.fromkeys(unread))
            linked.update(self._writing.rows(self._do.links, ids=self._do.listed(unread)))
        return {patient: link for patient in wanted if (link := linked[patient]) is not None}

    def merges(self, patients: Iterable[str]) -> list[StandingMerge]:
        return [standing_merge(row) for row in self._writing.rows(self._do.merges, ids=self._do.listed(patients))]

    def founded(self, patients: Iterable[str]) -> dict[str, int]:
        return first_free(patients, lambda said: {person for (person,) in self._writing.rows(self._do.known, ids=self._do.listed(said))})

    def rulings(self, patients: Iterable[str]) -> list[Ruling]:
        if self._unruled is None:  # on most sites, on most days, there is not one
            self._unruled = not self._writing.rows(self._do.any_ruling)
        if self._unruled:
            return []
        return [restore(said, Ruling) for (said,) in self._writing.rows(self._do.rulings, ids=self._do.listed(patients))]

    def commit(self, batch: LaneBatch) -> None:
        if not self.held:
            raise RuntimeError("the lane was let go")
        if batch.position < self.position():
            raise Overtaken(issue("STORE-004"))
        self._members(batch)
        self._links(batch)
        self._reviews(batch)
        writing, do = self._writing, self._do
        writing.many(do.put_merge, [(m.surviving, m.subsumed, m.message, m.position, m.told_at, int(m.undone)) for m in batch.merges])
        writing.many(do.put_ruling, [(r.id, r.position, dumps(r)) for r in batch.rulings])
        writing.many(do.put_named, [(patient, r.id) for r in batch.rulings for patient in r.named])
        writing.many(do.redirect, sorted(dict(batch.redirects).items()))
        rows = writing.rows(do.position, counter="lane commits")
        number = max(rows[0][0] + 1 if rows else 1, batch.position)
        writing.many(do.dirty, [(person, number, number) for person in sorted(set(batch.dirty))])
        seen = [{"message_is": r.message, "patient_is": r.patient, "stamp_is": r.stamp} for r in batch.revisited]
        writing.many(do.revisited, [do.revisited.arguments(one) for one in seen])
        writing.run(do.move, name="lane commits", value=number)
        writing.run(do.move, name="lane", value=batch.position)
        do.rules.write(batch, writing)
        do.proposals.write(batch, writing)
        writing.commit()
        self.held = False

    def _members(self, batch: LaneBatch) -> None:
        writing, do = self._writing, self._do
        told = {m.patient: m for m in batch.members}
        stood = self.members({*told, *batch.left}) if told or batch.left else {}
        before, now = (Keys(members.values()) for members in (stood, told))
        for drop, put, gone, new in (
            (do.drop_near_key, do.put_near_key, before.near - now.near, now.near - before.near),
            (do.drop_key, do.put_key, before.shared - now.shared, now.shared - before.shared),
        ):
            writing.many(drop, [drop.arguments({"key_is": key, "patient_is": patient}) for key, patient in sorted(gone)])
            writing.many(put, sorted(new))
        if batch.left:
            writing.run(do.drop_members, ids=do.listed(batch.left))
        rows = []
        for m in told.values():
            d = m.demographics
            found_by = [indexed(value) for value in (d.nhs_number, d.family_key, d.birth_date, d.postcode)]
            rows.append((m.patient, m.person, *found_by, dumps(m)))
        writing.many(do.put_member, rows)
        writing.many(do.put_neighbours, [(patient, dumps(near)) for patient, near in batch.neighbours if near])
        if lonely := [patient for patient, near in batch.neighbours if not near]:
            writing.run(do.drop_neighbours, ids=do.listed(lonely))

    def _links(self, batch: LaneBatch) -> None:
        writing, do = self._writing, self._do
        touched = [*(link.patient for link in batch.links), *(member.patient for member in batch.members)]
        standing = self._link_rows(touched)
        [(number,)] = writing.rows(do.highest_told)
        told: list[tuple[int, str, int, str, str, bytes]] = []
        changed: set[str] = set()
        ended: set[str] = set()
        person = {patient: restore(link, Link).person for patient, link in standing.items()}
        before = dict(person)
        for position, at, link in dated(batch):
            said = dumps(link)
            if standing.get(link.patient) != said:
                number += 1
                told.append((number, link.patient, position, at, content_hash(said), said))
            if link.result is MatchResult.MATCH:
                standing[link.patient], person[link.patient] = said, link.person
                changed.add(link.patient)
                ended.discard(link.patient)
            elif person.get(link.patient) == link.person:
                del standing[link.patient], person[link.patient]
                ended.add(link.patient)
        writing.many(do.tell, told)
        writing.many(do.put_link, [(patient, person[patient], standing[patient]) for patient in sorted(changed - ended)])
        for patient in ended:
            writing.run(do.drop_link, patient_is=patient)
        written = {member.patient: member.person for member in batch.members}
        moved = [(patient, whose) for patient, whose in person.items() if written.get(patient, before.get(patient)) != whose]
        writing.many(do.join, [do.join.arguments({"patient_is": patient, "person_is": whose}) for patient, whose in moved])
        seen = {link.person for link in batch.links} | {emptied for emptied, _ in batch.redirects}
        writing.many(do.found, [(one,) for one in sorted(seen)])

    def _reviews(self, batch: LaneBatch) -> None:
        new = {m.patient for m in batch.members if self._stood.get(m.patient) is None}
        if known := [patient for patient in batch.reviewed if patient not in new]:
            self._writing.run(self._do.drop_reviews, ids=self._do.listed(known))
        self._writing.many(self._do.put_review, [(r.a, r.b, dumps(r)) for r in {(r.a, r.b): r for r in batch.reviews}.values()])


def _bearing(dialect: Dialect) -> Any:
    """Each key with its first bearers as one list: however many there are, no more are read than asked for."""
    keys = each_number(dialect)
    bearers = select(near_keys.c.patient).where(near_keys.c.key == keys.c.value).order_by(near_keys.c.patient).limit(argument("most"))
    found = bearers.correlate(keys).subquery("bearers")
    gather = func.array_agg if dialect.name == "postgresql" else func.json_group_array
    return select(keys.c.value, select(gather(found.c.patient)).scalar_subquery()).select_from(keys)


def _dropping(keys: Table) -> Any:
    return delete(keys).where(keys.c.key == argument("key_is"), keys.c.patient == argument("patient_is"))


def standing_merge(row: tuple[str, str, str, int, str, int]) -> StandingMerge:
    surviving, subsumed, message, position, told_at, undone = row
    return StandingMerge(surviving, subsumed, message, position, told_at, undone == 1)


def member(row: Sequence[Any]) -> Member:
    """From (member, person) and whatever follows."""
    told, person = restore(row[0], Member), row[1]
    return told if told.person == person else replace(told, person=person)
