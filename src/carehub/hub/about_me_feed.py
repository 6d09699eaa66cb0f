"""The hub's own feed of what people say of themselves: each About Me is a message, so every version stays and a rebuild has them all (ADR 0006)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from carehub.careplan.about_me import QUESTIONNAIRE, SPOKEN
from carehub.feeds.mapped import Mapped, MappedRecord
from carehub.feeds.message import Message, Submission
from carehub.fhir.canonical import dumps
from carehub.fhir.resource import Resource
from carehub.hub.own_feed import own_adapter, word_in
from carehub.terms.errors import Unreadable
from carehub.terms.issue_catalogue import issue
from carehub.terms.organisations import SourceKind, SourceOrganisation
from carehub.terms.refs import RecordRef, derived_id

FEED = "person/about-me"
SOURCE = SourceOrganisation("person", "The person, written in carehub", SourceKind.PERSON)
BECAUSE = "Written in carehub about this person, with the record beside it."


@dataclass(frozen=True, slots=True)
class Written:
    """One About Me. record: id of the Patient record it was written beside. told: element key to the person's words (careplan.about_me.SPOKEN).

    supported_by: who helped to write it, or "". by, at: who entered it (name as shown, with role and organisation) and when, ISO UTC.
    """

    record: str
    told: Mapping[str, str]
    supported_by: str
    by: str
    at: str


def message_of(written: Written, user: str, after: Iterable[str]) -> Submission:
    """An About Me as the message that tells it. after: "Type/id" of every version that stands before it. Its delivery key is made of them, so of two
    at once that follow the same ones the log takes one."""
    key = derived_id("about-me", written.record, *sorted(after))
    return Submission(FEED, dumps(written), written.at, user, key, content_type="application/json")


def map_message(message: Message) -> Mapped:
    """A QuestionnaireResponse of its own, belonging to the Patient record it was written beside. Raises Unreadable for what is no About Me."""
    try:
        written = word_in(message.body, Written)
    except ValueError:
        raise Unreadable(issue("MAP-001")) from None
    patient = RecordRef.known("Patient", written.record)
    ref = RecordRef(SOURCE.code, written.record, "QuestionnaireResponse", message.id)
    return Mapped(SOURCE, patient, "about-me", written.at, (MappedRecord(ref, _response(ref, patient, written)),))


def _response(ref: RecordRef, patient: RecordRef, written: Written) -> Resource:
    told = [(key, heading, written.told[key]) for key, heading in SPOKEN if written.told.get(key)]
    if written.supported_by:
        told.append(("supported-by", "Supported to write this by", written.supported_by))
    return {
        "resourceType": "QuestionnaireResponse",
        "id": ref.id,
        "questionnaire": QUESTIONNAIRE,
        "status": "completed",
        "subject": {"reference": patient.reference},
        "authored": written.at,
        "author": {"display": written.by},
        "source": {"reference": patient.reference},
        "item": [{"linkId": key, "text": heading, "answer": [{"valueString": words}]} for key, heading, words in told],
    }


ADAPTER = own_adapter(
    FEED,
    map_message,
    speaker="About Me, in the person's own words",
    title="About Me, in the person's own words",
    domain="https://carehub.example/Id/about-me",
    arrives="push",
    messages=("about-me",),
    kind=SourceKind.PERSON,
    produces=("QuestionnaireResponse",),
    sections=("about_me",),
)
