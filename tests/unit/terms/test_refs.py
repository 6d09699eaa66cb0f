"""Ids: a UUID version 5 of the parts, as the standard library makes it."""

from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from carehub.terms.refs import RecordRef, derived_id

_SPACE = UUID("6f1d3c0e-6a55-5f0e-9d0b-8a4f1c7c2b11")


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_a_derived_id_is_the_uuid_of_its_parts(parts: list[str]) -> None:
    assert derived_id(*parts) == str(uuid5(_SPACE, "\x1e".join(parts)))


def test_a_record_id_rests_on_all_four_parts() -> None:
    ref = RecordRef("X99001", "mrn|1", "Patient")
    assert ref.id == str(uuid5(_SPACE, "X99001\x1fmrn|1\x1fPatient\x1f"))
    others = [RecordRef("X99002", "mrn|1", "Patient"), RecordRef("X99001", "mrn|2", "Patient"), ref.of_type("Encounter", "")]
    assert len({ref.id, ref.of_type("Patient", "1").id, *(other.id for other in others)}) == 5
