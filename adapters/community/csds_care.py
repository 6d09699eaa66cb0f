"""Care plans (CYP004, 005) and referrals (CYP101 to 105)."""

from __future__ import annotations

from carehub.fhir.resource import Resource

from .csds_row import CsdsRow
from .naming import organisation

_PRIORITIES = {"1": "routine", "2": "urgent", "3": "urgent"}


def plan(row: CsdsRow) -> None:
    """CYP004: one CarePlan by the source's id for it. CYP005: who agreed to it, an addition to the same."""
    row.patient()
    known = row.text("plan")
    if not known:
        row.note("MAP-004", "plan", "CarePlan")
        return
    told: Resource = {"identifier": [row.known("care-plan", known)], "status": "active", "intent": "plan", "subject": row.draft.subject}
    if row.table == "CYP005":
        by = row.national("by", "care-plan-agreed-by", "CarePlan", "code")
        when = row.moment("date", "time", "CarePlan")
        words = "Content agreed" + (f" by {by['text']}" if by else "") + (f" on {when[:10]}" if when else "")
        row.add("CarePlan", known, {**_bare(told), "note": [{"text": words}]}, change="update")
        return
    if concept := row.national("type", "care-plan-type", "CarePlan", "Care plan type"):
        told["category"] = [concept]
    if created := row.moment("created", "created_time", "CarePlan"):
        told["created"] = created
    if began := row.date("implemented", "CarePlan"):
        told["period"] = {"start": began}
    if updated := row.moment("updated", "updated_time", "CarePlan"):
        told["note"] = [{"text": f"Last updated {updated.replace('T', ' ')[:16]}"}]
    row.add("CarePlan", known, told | {"author": row.provider()})


def _bare(told: Resource) -> Resource:
    return {name: told[name] for name in ("identifier", "subject")}


def referral(row: CsdsRow) -> None:
    """CYP101: the referral and the episode of care it opened. CYP102: the team. CYP103, 104: additions to it. CYP105: one onwards."""
    row.patient()
    known = row.text("referral")
    if not known:
        row.note("MAP-004", "referral", "ServiceRequest")
    elif row.table == "CYP101":
        _referred(row, known)
    elif row.table == "CYP102":
        _team(row, known)
    elif row.table == "CYP103":
        if reason := row.national("reason", "reason-for-referral", "ServiceRequest", "Reason"):
            row.add("ServiceRequest", known, _named(row, known) | {"reasonCode": [reason]}, change="update")
    elif row.table == "CYP104":
        _waiting(row, known)
    else:
        _onward(row, known)


def _named(row: CsdsRow, known: str) -> Resource:
    return {"identifier": [row.known("referral", known)], "subject": row.draft.subject}


def _referred(row: CsdsRow, known: str) -> None:
    when, ended = row.moment("date", "time", "ServiceRequest"), row.date("discharged", "ServiceRequest")
    told: Resource = _named(row, known) | {"status": "completed" if ended else "active", "intent": "order"}
    told["category"] = [{"text": "Referral to community services"}]
    if priority := row.text("priority"):
        if priority in _PRIORITIES:
            told["priority"] = _PRIORITIES[priority]
        else:
            row.note("MAP-006", "priority", "ServiceRequest")
    if when:
        told["authoredOn"] = when
    requester = organisation(row.text("referrer"))
    if requester:
        told["requester"] = requester
    told["performer"] = [row.provider()]
    if reason := row.national("reason", "reason-for-referral", "ServiceRequest", "Reason"):
        told["reasonCode"] = [reason]
    notes = []
    for name, words in (("source", "Source of referral"), ("referrer_group", "Referring staff group")):
        if told_as := row.national(name, name.replace("_", "-"), "ServiceRequest", "code"):
            notes.append({"text": f"{words}: {told_as['text']}"})
    if letter := row.date("letter", "ServiceRequest"):
        notes.append({"text": f"Discharge letter issued {letter}"})
    if notes:
        told["note"] = notes
    row.add("ServiceRequest", known, told)
    period = ({"start": when} if when else {}) | ({"end": ended} if ended else {})
    episode: Resource = {
        "identifier": [row.known("referral", known)],
        "status": "finished" if ended else "active",
        "type": [{"text": "Community service episode"}],
        "patient": row.draft.subject,
        "managingOrganization": row.provider(),
        "referralRequest": [row.pointer("ServiceRequest", "referral", known)],
    }
    row.add("EpisodeOfCare", known, episode | ({"period": period} if period else {}))


def _team(row: CsdsRow, known: str) -> None:
    """The team referred to. Closing or rejecting the referral ends its part."""
    kind = row.national("type", "service-or-team-type", "CareTeam", "Service or team type")
    team = row.text("team")
    closed, rejected = row.date("closed", "CareTeam"), row.date("rejected", "CareTeam")
    told: Resource = {"identifier": [row.known("team", team)]} if team else {}
    told |= {
        "status": "inactive" if closed or rejected else "active",
        "name": kind["text"] if kind else f"Team {team}" if team else "Community team",
    }
    if kind:
        told["category"] = [kind]
    told["subject"] = row.draft.subject
    if end := closed or rejected:
        told["period"] = {"end": end}
    told["managingOrganization"] = [row.provider()]
    notes = []
    for name, words in (("closed_reason", "Referral closed"), ("rejected_reason", "Referral rejected")):
        if reason := row.national(name, name.replace("_", "-"), "CareTeam", "reason"):
            notes.append({"text": f"{words}: {reason['text']}"})
    if notes:
        told["note"] = notes
    row.add("CareTeam", f"{known}|{team or row.text('type')}", told)


def _waiting(row: CsdsRow, known: str) -> None:
    began, ended = row.moment("start", "start_time", "ServiceRequest"), row.moment("end", "end_time", "ServiceRequest")
    parts = [f"from {began[:16].replace('T', ' ')}" if began else "", f"to {ended[:16].replace('T', ' ')}" if ended else ""]
    for name, listed in (("status", "referral-to-treatment-status"), ("type", "waiting-time-type")):
        if concept := row.national(name, listed, "ServiceRequest", "status" if name == "status" else "measurement type"):
            parts.append(concept["text"])
    told = ", ".join(part for part in parts if part)
    if told:
        row.add("ServiceRequest", known, _named(row, known) | {"note": [{"text": f"Waiting time: {told}"}]}, change="update")


def _onward(row: CsdsRow, known: str) -> None:
    when = row.date("date", "ServiceRequest")
    receiver = organisation(row.text("receiver"))
    told: Resource = {
        "status": "active",
        "intent": "order",
        "category": [{"text": "Onward referral"}],
        "basedOn": [row.pointer("ServiceRequest", "referral", known)],
        "subject": row.draft.subject,
        "requester": row.provider(),
    }
    if when:
        told["authoredOn"] = when
    if receiver:
        told["performer"] = [receiver]
    if reason := row.national("reason", "onward-referral-reason", "ServiceRequest", "Reason"):
        told["reasonCode"] = [reason]
    row.add("ServiceRequest", f"onward|{known}|{when}|{row.text('receiver')}", told)
