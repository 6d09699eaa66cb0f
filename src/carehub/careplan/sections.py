"""The record's sections in reading order, after the PRSB Core Information Standard and care and support plan headings."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heading:
    """key: used in addresses and manifests. title: on the page. prsb: the PRSB heading it stands for. supplied_by: who would normally fill it."""

    key: str
    title: str
    prsb: str
    supplied_by: str


HEADINGS: tuple[Heading, ...] = (
    Heading("about", "About the person", "Person demographics", "every source"),
    Heading("alerts", "Alerts", "Alerts", "GP, hospital, community and social care"),
    Heading("allergies", "Allergies", "Allergies and adverse reactions", "GP, hospital and community"),
    Heading("medicines", "Medicines", "Medications and medical devices", "GP, hospital and community"),
    Heading("problems", "Conditions", "Problem list", "GP and hospital"),
    Heading("results", "Results", "Investigation results and examination findings", "GP and hospital"),
    Heading("encounters", "Contacts and visits", "Contacts with professionals; admission and discharge details", "every source"),
    Heading("immunisations", "Vaccinations", "Vaccinations", "GP and community"),
    Heading("care_team", "People involved", "Professional and personal contacts", "every source"),
    Heading("plan", "Plan and actions", "Care and support plan", "community, social care and voluntary services"),
)

BY_KEY = {heading.key: heading for heading in HEADINGS}
