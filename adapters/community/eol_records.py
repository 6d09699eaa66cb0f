"""Clinical records of a document, STU3 to R4: conditions, impressions, observations, forms, lists, consents, flags, medicines, allergies."""

from __future__ import annotations

from carehub.feeds.formats.fhir_primitives import moment
from carehub.feeds.formats.fhir_tree import Node
from carehub.fhir.resource import Resource
from carehub.terms.codes import DATA_ABSENT_REASON

from .draft import Draft
from .eol_bundle import Opened
from .eol_types import concept, concepts, filled, identifiers, notes, period, value

_CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
_VERIFIED = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
_ALLERGY_CLINICAL = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
_ALLERGY_VERIFIED = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"
_CONSENT_SCOPE = {"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy", "display": "Privacy Consent"}
_FORM_STATUSES = frozenset(("in-progress", "completed", "amended", "entered-in-error", "stopped"))
_CONSENT_STATUSES = frozenset(("draft", "proposed", "active", "rejected", "inactive", "entered-in-error"))
_UNKNOWN = {"extension": [{"url": DATA_ABSENT_REASON, "valueCode": "unknown"}]}
_MOST_ITEMS = 12


def _status(told: str, allowed: frozenset[str] | set[str], otherwise: str) -> str:
    return told if told in allowed else otherwise


def _coded(space: str, code: str, allowed: frozenset[str]) -> Resource:
    return {"coding": [{"system": space, "code": code}]} if code in allowed else {}


def condition(node: Node, opened: Opened, draft: Draft) -> Resource:
    clinical = frozenset(("active", "recurrence", "relapse", "inactive", "remission", "resolved"))
    verified = frozenset(("provisional", "differential", "confirmed", "refuted", "entered-in-error"))
    told = filled(identifier=identifiers(node), clinicalStatus=_coded(_CLINICAL, node.text("clinicalStatus"), clinical))
    told |= filled(verificationStatus=_coded(_VERIFIED, node.text("verificationStatus"), verified), category=concepts(node.all("category")))
    told |= filled(severity=concept(node.one("severity")), code=concept(node.one("code")), bodySite=concepts(node.all("bodySite")))
    told["subject"] = draft.subject
    told |= value(node, "onset") | value(node, "abatement")
    told |= filled(
        recordedDate=moment(node.text("assertedDate")), asserter=opened.reference(node.one("asserter"), draft, "Condition.asserter")
    )
    return told | filled(note=notes(node))


def impression(node: Node, opened: Opened, draft: Draft) -> Resource:
    """A clinical impression; prognosis is what these documents say with it."""
    told = filled(identifier=identifiers(node))
    told["status"] = _status(node.text("status"), {"in-progress", "completed", "entered-in-error"}, "in-progress")
    told |= filled(code=concept(node.one("code")), description=node.text("description"))
    told["subject"] = draft.subject
    assessor = opened.reference(node.one("assessor"), draft, "ClinicalImpression.assessor")
    told |= value(node, "effective") | filled(date=moment(node.text("date")), assessor=assessor)
    told |= filled(summary=node.text("summary"), prognosisCodeableConcept=concepts(node.all("prognosisCodeableConcept")))
    found = [filled(itemCodeableConcept=concept(n.one("itemCodeableConcept")), basis=n.text("basis")) for n in node.all("finding")]
    return told | filled(finding=[f for f in found if "itemCodeableConcept" in f], note=notes(node))


def observation(node: Node, opened: Opened, draft: Draft) -> Resource:
    statuses = {"registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown"}
    told = filled(identifier=identifiers(node))
    told["status"] = _status(node.text("status"), statuses, "unknown")
    told |= filled(category=concepts(node.all("category")))
    told["code"] = concept(node.one("code")) or {"text": "Observation without a name"}
    told["subject"] = draft.subject
    told |= value(node, "effective") | filled(performer=opened.references(node.all("performer"), draft, "Observation.performer"))
    told |= value(node)
    told |= filled(
        note=[{"text": node.text("comment")}] if node.text("comment") else notes(node), interpretation=concepts(node.all("interpretation"))
    )
    parts = [filled(code=concept(n.one("code"))) | value(n) for n in node.all("component")]
    return told | filled(component=[p for p in parts if "code" in p])


def form(node: Node, opened: Opened, draft: Draft) -> Resource:
    told = filled(identifier=identifiers(node)[0] if identifiers(node) else {})
    told |= filled(questionnaire=node.text("questionnaire", "reference") or node.text("questionnaire"))
    told["status"] = _status(node.text("status"), _FORM_STATUSES, "in-progress")
    told["subject"] = draft.subject
    told |= filled(authored=moment(node.text("authored")))
    told |= filled(author=opened.reference(node.one("author"), draft, "QuestionnaireResponse.author"))
    told |= filled(source=opened.reference(node.one("source"), draft, "QuestionnaireResponse.source"))
    return told | filled(item=[i for n in node.all("item") if (i := _item(n, draft, 0))])


def _item(node: Node, draft: Draft, depth: int) -> Resource:
    told: Resource = {"linkId": node.text("linkId") or "not-given"} | filled(text=node.text("text"))
    answers = []
    for answer in node.all("answer"):
        held = _answer(answer)
        if not held:
            draft.note("MAP-004", "QuestionnaireResponse.item.answer", "QuestionnaireResponse")
            continue
        below = [i for n in answer.all("item") if depth < _MOST_ITEMS and (i := _item(n, draft, depth + 1))]
        answers.append(held | filled(item=below))
    told |= filled(answer=answers)
    items = [i for n in node.all("item") if depth < _MOST_ITEMS and (i := _item(n, draft, depth + 1))]
    # An item has answers or items, not both (qrs-1): items beside an answer go inside it.
    if items and answers:
        answers[0].setdefault("item", []).extend(items)
    else:
        told |= filled(item=items)
    return told


def _answer(node: Node) -> Resource:
    """R4 answers have no CodeableConcept and no Period: their words are kept."""
    held = value(node)
    name = next(iter(held), "")
    if name in ("valueCodeableConcept", "valuePeriod", "valueCode", "valueMarkdown"):
        inner = held[name]
        words = inner if isinstance(inner, str) else str(inner.get("text") or (inner.get("coding") or [{}])[0].get("display") or inner)
        return {"valueString": words}
    return held


def list_(node: Node, opened: Opened, draft: Draft) -> Resource:
    told = filled(identifier=identifiers(node))
    told["status"] = _status(node.text("status"), {"current", "retired", "entered-in-error"}, "current")
    told["mode"] = _status(node.text("mode"), {"working", "snapshot", "changes"}, "working")
    told |= filled(title=node.text("title"), code=concept(node.one("code")))
    told["subject"] = draft.subject
    told |= filled(date=moment(node.text("date")), source=opened.reference(node.one("source"), draft, "List.source"), note=notes(node))
    entries = [filled(item=opened.reference(n.one("item"), draft, "List.entry.item")) for n in node.all("entry")]
    return told | filled(entry=[e for e in entries if e])


def consent(node: Node, opened: Opened, draft: Draft) -> Resource:
    """STU3 consents are about privacy. Who it lets see the record is the provision; what STU3 puts in `except` is kept in words."""
    told = filled(identifier=identifiers(node))
    told["status"] = _status(node.text("status"), _CONSENT_STATUSES, "proposed")
    told["scope"] = {"coding": [_CONSENT_SCOPE]}
    told["category"] = concepts(node.all("category")) or [{"text": "Consent to share the plan"}]
    told["patient"] = draft.subject
    told |= filled(dateTime=moment(node.text("dateTime")))
    told |= filled(performer=opened.references(node.all("consentingParty"), draft, "Consent.consentingParty"))
    told |= filled(organization=opened.references(node.all("organization"), draft, "Consent.organization"))
    told["policyRule"] = {"text": node.text("policyRule") or node.text("policy", "uri") or "Policy not stated"}
    actors = []
    for n in node.all("actor"):
        role, who = concept(n.one("role")), opened.reference(n.one("reference"), draft, "Consent.actor")
        actors.append({"role": role or {"text": "Role not stated"}, "reference": who or _UNKNOWN})
    provision = filled(period=period(node.one("period")), actor=actors, action=concepts(node.all("action")))
    for _ in node.all("except"):
        draft.note("MAP-017", "Consent.except", "Consent")
    return told | filled(provision=provision)


def flag(node: Node, opened: Opened, draft: Draft) -> Resource:
    told = filled(identifier=identifiers(node))
    told["status"] = _status(node.text("status"), {"active", "inactive", "entered-in-error"}, "active")
    told |= filled(category=concepts(node.all("category")))
    told["code"] = concept(node.one("code")) or {"text": "Flag without a description"}
    told["subject"] = draft.subject
    return told | filled(period=period(node.one("period")), author=opened.reference(node.one("author"), draft, "Flag.author"))


def _medicine(node: Node, opened: Opened) -> Resource:
    """The medicine in code or words, also where it stands in a Medication of its own."""
    told = concept(node.one("medicationCodeableConcept"))
    if not told:
        target = opened.entry(node.one("medicationReference"))
        told = concept(target.node.one("code")) if target else {}
    return told or {"text": node.text("medicationReference", "display") or "Medicine not named"}


def _dosages(node: Node, name: str) -> list[Resource]:
    told = [
        filled(text=n.text("text"), patientInstruction=n.text("patientInstruction"), route=concept(n.one("route"))) for n in node.all(name)
    ]
    return [t for t in told if t]


def medication_statement(node: Node, opened: Opened, draft: Draft) -> Resource:
    statuses = {"active", "completed", "entered-in-error", "intended", "stopped", "on-hold"}
    told: Resource = {"identifier": identifiers(node) or [{"system": draft.space("record"), "value": node.text("id") or "not-given"}]}
    for held in told["identifier"]:
        held.setdefault("system", draft.space("record"))
    told |= {"status": _status(node.text("status"), statuses, "unknown"), "medicationCodeableConcept": _medicine(node, opened)}
    told |= filled(category=concept(node.one("category")))
    told |= {"subject": draft.subject} | value(node, "effective") | filled(dateAsserted=moment(node.text("dateAsserted")))
    return told | filled(reasonCode=concepts(node.all("reasonCode")), note=notes(node), dosage=_dosages(node, "dosage"))


def medication_request(node: Node, opened: Opened, draft: Draft) -> Resource:
    statuses = {"active", "on-hold", "cancelled", "completed", "entered-in-error", "stopped", "draft"}
    told = filled(identifier=identifiers(node))
    told["status"] = _status(node.text("status"), statuses, "unknown")
    told["intent"] = _status(node.text("intent"), {"proposal", "plan", "order", "instance-order"}, "order")
    told |= {"medicationCodeableConcept": _medicine(node, opened), "subject": draft.subject}
    told |= filled(
        authoredOn=moment(node.text("authoredOn")),
        requester=opened.reference(node.one("requester", "agent"), draft, "MedicationRequest.requester"),
    )
    told |= filled(reasonCode=concepts(node.all("reasonCode")), note=notes(node), dosageInstruction=_dosages(node, "dosageInstruction"))
    return told | {"substitution": {"allowedCodeableConcept": _UNKNOWN}}


def allergy(node: Node, opened: Opened, draft: Draft) -> Resource:
    told = filled(identifier=identifiers(node))
    told |= filled(clinicalStatus=_coded(_ALLERGY_CLINICAL, node.text("clinicalStatus"), frozenset(("active", "inactive", "resolved"))))
    verified = frozenset(("unconfirmed", "confirmed", "refuted", "entered-in-error"))
    told |= filled(verificationStatus=_coded(_ALLERGY_VERIFIED, node.text("verificationStatus"), verified))
    told["code"] = concept(node.one("code")) or {"text": "Allergy without a name"}
    told |= {"patient": draft.subject} | value(node, "onset")
    told |= filled(recordedDate=moment(node.text("assertedDate")), note=notes(node))
    found = [filled(manifestation=concepts(n.all("manifestation")), description=n.text("description")) for n in node.all("reaction")]
    return told | filled(reaction=[f | {"manifestation": f.get("manifestation") or [{"text": f["description"]}]} for f in found if f])
