"""What the columns of a table of people are taken for."""

from __future__ import annotations

from pathlib import Path

import pytest

from carehub.identity import features
from carehub.wiring.identity_bench.columns import EXTRA, HOUSE, LEFT_OUT, NAMES, PERSON, RECORD, STREET, BadColumns, own_map, understood


def test_common_names_become_fields_and_unknown_ones_further_fields() -> None:
    columns = understood(["rec_id", "Date of Birth", "GIVEN_NAME", "surname", "NHS No", "Ward"])
    told = columns.reader()({"Date of Birth": "1944-11-03", "GIVEN_NAME": "Ada", "surname": "", "NHS No": "9990000018", "Ward": "Castle"})
    assert told == {"born": "1944-11-03", "given": "Ada", "family": "", "number": "9990000018", "ward": "Castle"}
    assert (columns.record, columns.person, columns.extras) == ("rec_id", "", (("ward", "Ward"),))


def test_of_two_columns_for_one_field_the_first_that_says_something_counts() -> None:
    told = understood(["telephone", "mobile"]).reader()
    assert told({"telephone": "", "mobile": "07700 900123"}) == {"phone": "07700 900123"}


def test_house_and_street_are_the_address_only_where_there_is_none() -> None:
    row = {"street_number": "12", "address_1": "Nowhere Lane", "address": "12 nowhere ln"}
    assert understood(list(row)).reader()(row) == {"address": "12 nowhere ln"}
    del row["address"]
    assert understood(list(row)).reader()(row) == {"address": "12 Nowhere Lane"}


def test_fields_can_be_left_out_and_extras_too() -> None:
    columns = understood(["dob", "phone", "ward"])
    assert columns.reader(["phone", "ward"])({"dob": "1944", "phone": "1", "ward": "x"}) == {"born": "1944"}


def test_a_map_of_ones_own_stands_before_the_common_names(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text('[columns]\nGEBDAT = "born"\nsource = "extra"\nsex = ""\n', encoding="utf-8")
    columns = understood(["gebdat", "source", "sex"], own_map(path))
    assert columns.takes == {"born": ("gebdat",)}
    assert columns.extras == (("source_told", "source"),)
    path.write_text('[columns]\nGEBDAT = "birthday"\n', encoding="utf-8")
    with pytest.raises(BadColumns, match="GEBDAT"):
        own_map(path)


def test_the_matcher_reads_every_field_of_the_table() -> None:
    values = {"born": "1944-11-03", "died": "2020-01-02", "sex": "female", "postcode": "ZX1 1AA", "address": "12 Nowhere Lane"}
    values |= {"number": "999 000 0018", "phone": "07700 900123", "email": "ada@example.org"}
    for field in sorted(NAMES.keys() - {RECORD, PERSON, HOUSE, STREET, EXTRA, LEFT_OUT, "number_status"}):
        before, after = features.read("r", {}), features.read("r", {field: values.get(field, "ada")})
        told = [getattr(before, name) != getattr(after, name) for name in features.Features.__slots__]
        assert any(told), field


def test_every_common_name_has_one_meaning() -> None:
    every = [name for names in NAMES.values() for name in names]
    assert len(every) == len(set(every))
