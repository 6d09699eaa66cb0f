"""What a batch linkage proposed, in SQL: one row for each pair of patient records."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Column, LargeBinary, Table, or_, select

from carehub.fhir.canonical import dumps, known, restore
from carehub.identity.proposals import Proposal
from carehub.store.sql.places import Place
from carehub.store.sql.statements import one_of
from carehub.store.sql.tables import Name, record
from carehub.store.sql.writing import Writing
from carehub.store.stored import LaneBatch

proposals = Table(
    "proposals",
    record,
    Column("a", Name, primary_key=True),
    Column("b", Name, primary_key=True, index=True),
    Column("said", LargeBinary, nullable=False),
)


class ProposalStatements:
    """Compiled once for a database."""

    def __init__(self, place: Place) -> None:
        p = proposals
        told = select(p.c.said).order_by(p.c.a, p.c.b)
        self._listed = place.listed
        self._any = place.prepare(select(p.c.a).limit(1))
        self._every = place.prepare(told)
        self._naming = place.prepare(told.where(or_(one_of(p.c.a, place.dialect), one_of(p.c.b, place.dialect))))
        self._put = place.inserting(p, update=("said",))

    def reading(self, rows: Callable[..., Iterable[Any]]) -> ProposalReads:
        """Over what runs a statement."""
        return ProposalReads(self, rows)

    def told(self, patients: Iterable[str] | None, rows: Callable[..., Iterable[Any]]) -> list[Proposal]:
        """As SaysProposals.proposals. On most sites, on most days, there is not one: then nothing more is asked."""
        if not rows(self._any):
            return []
        found = rows(self._every) if patients is None else rows(self._naming, ids=self._listed(patients))
        return [restore(said, Proposal) for (said,) in found]

    def write(self, batch: LaneBatch, writing: Writing) -> None:
        """What a batch says of them."""
        writing.many(self._put, [(told.a, told.b, dumps(told)) for told in batch.proposals])


class ProposalReads:
    """SaysProposals.proposals, as an attribute of what reads."""

    def __init__(self, statements: ProposalStatements, rows: Callable[..., Iterable[Any]]) -> None:
        self._statements, self._rows = statements, rows

    def __call__(self, patients: Iterable[str] | None = None) -> list[Proposal]:
        return self._statements.told(patients, self._rows)


known(Proposal)
