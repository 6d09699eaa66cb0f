"""docs/sections.md and the table of sections say the same, and no PRSB heading is without a section."""

from __future__ import annotations

from carehub.careplan.sections import HEADINGS, SECTION_OF_TYPE
from house.tree import REAL

PAGE = "docs/sections.md"

# PRSB Core Information Standard 2, section headings; the last four are those that only the Personalised Care and Support Plan has.
PRSB = """Person demographics|GP practice|Referral details|Individual requirements|Contacts with professionals|Participation in research|
Professional contacts|Personal contacts|Alerts|Legal information|Safeguarding|Risks|Pregnancy status|About me|Social context|Problem list|
Family history|Educational history|Admission details|Discharge details|Future appointments|Plan and requested actions|Assessments|
Examination findings|Investigation results|Procedures and therapies|Vaccinations|Allergies and adverse reactions|
Medications and medical devices|Services and care|End of life care|Information and advice given|Documents|Care and support plan|
Contingency / safety plans|Additional supporting plans|Formulation""".replace("\n", "").split("|")


def table() -> str:
    """The sections as the page shows them."""
    rows = [
        "| Key | Title | PRSB headings | Filled by | Also shown here when its words belong here | Usually supplied by |",
        "|---|---|---|---|---|---|",
    ]
    for one in HEADINGS:
        first = " (comes first)" if one.first else ""
        rows.append(
            f"| `{one.key}` | {one.title}{first} | {'; '.join(one.prsb)} | {', '.join(one.types) or 'what its words say'} "
            f"| {', '.join(one.also) or 'nothing else'} | {one.supplied_by} |"
        )
    return "\n".join(rows)


def test_the_page_holds_the_table_as_it_is():
    assert table() in REAL.text(PAGE)


def test_every_prsb_heading_is_in_one_section():
    assert sorted(heading for one in HEADINGS for heading in one.prsb) == sorted(PRSB)


def test_a_resource_type_belongs_to_one_section_and_every_section_says_who_fills_it():
    types = [type for one in HEADINGS for type in one.types]
    assert sorted(types) == sorted(SECTION_OF_TYPE)
    assert all(one.supplied_by and (one.types or one.also) for one in HEADINGS)


def test_what_must_be_known_first_comes_first():
    assert [one.first for one in HEADINGS] == sorted((one.first for one in HEADINGS), reverse=True)
