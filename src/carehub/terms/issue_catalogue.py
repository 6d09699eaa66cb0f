"""Every issue the hub can raise: number, FHIR severity, FHIR issue type, plain words. Numbers are never reused.

Those about reading bytes and messages are in `issue_rows`. docs/issues.md lists the same rows and a house test holds the two together."""

from __future__ import annotations

from carehub.terms.issue import Issue
from carehub.terms.issue_rows import CATALOGUE as CATALOGUE
from carehub.terms.issue_rows import row as _row

# Asking services outside.
_row("OUT-001", "fatal", "transient", "The service outside cannot be reached. Nothing was concluded; ask again later.")
_row("OUT-002", "fatal", "throttled", "The service outside is too busy to answer. Nothing was concluded; ask again later.")
_row("OUT-003", "fatal", "structure", "The service outside gave an answer that cannot be used: too large, packed, a redirect, or not JSON.")
_row("OUT-004", "fatal", "security", "This address is not one of those that may be called. Nothing was sent.")
_row("OUT-005", "fatal", "processing", "The service outside refused what it was given or asked. Nothing of it is held to be stored.")
_row("SUB-001", "fatal", "security", "This address is not one of those that the site allows notifications to be sent to. Nothing was kept.")
_row(
    "SUB-002",
    "fatal",
    "invalid",
    "This is no subscription that is served here: its topic, whom it is about, its channel, its reason or its end. Nothing was kept.",
)
_row("PDS-001", "information", "not-found", "PDS holds no record for what it was asked.")
_row("PDS-002", "warning", "business-rule", "PDS has marked this NHS number as not valid. It is not to be used.")
_row("PDS-003", "warning", "multiple-matches", "More than one record of PDS fits. None of them was taken.")
_row("PDS-004", "fatal", "forbidden", "PDS did not allow the request. Check the credential and what it may be used for.")
_row("PDS-005", "fatal", "required", "There is too little to ask PDS with: it needs a family name and a date of birth.")
_row("PDS-006", "fatal", "not-supported", "PDS does not support this request here.")
_row("PDS-007", "fatal", "business-rule", "PDS answered as to a change. The hub asks and never changes PDS; nothing was concluded.")
_row("PDS-008", "fatal", "exception", "PDS gave an answer that is not known here. Nothing was concluded.")
_row("PDS-009", "fatal", "invariant", "The answer of PDS contradicts itself or the question. Nothing was concluded.")
_row("PDS-010", "information", "informational", "The NHS number was replaced by another one. The other one is used; both are kept.")
_row(
    "PDS-011",
    "information",
    "suppressed",
    "PDS restricts this record. Address, telephone and GP practice are withheld; they are not missing.",
)
_row("PDS-012", "warning", "suppressed", "PDS restricts this record strictly. What it leaves out is withheld; it is not missing.")
_row(
    "PDS-013",
    "warning",
    "conflict",
    "The date of birth or the first name of a record is not the one that PDS has for the NHS number. The number was not taken as verified.",
)
_row("PDS-014", "fatal", "not-supported", "PDS is not set up here.")
_row("PDS-015", "fatal", "not-found", "No record here has this NHS number, so PDS was not asked.")
# Ruling on who is who.
_row("IDN-001", "fatal", "business-rule", "You have answered this pair already. The second answer must be another steward's.")
_row("IDN-002", "fatal", "conflict", "This pair has been decided already. Take that ruling back first if it is wrong.")
_row("IDN-003", "fatal", "conflict", "A standing ruling says otherwise. Take it back first if it is wrong.")
_row("IDN-004", "fatal", "invalid", "A ruling needs one of the known answers, one record or two different ones, and a reason.")
_row("IDN-005", "fatal", "not-found", "There is no such ruling, or it has been taken back already.")
_row("IDN-006", "fatal", "business-rule", "Two stewards disagree about this pair, so a senior steward must decide.")
_row("IDN-007", "fatal", "not-found", "This pair is not waiting for a steward, or not any more.")
_row(
    "IDN-008",
    "information",
    "informational",
    "This record stands alone: no other record is linked to it, so there is nothing to compare it with.",
)
_row("IDN-009", "fatal", "suppressed", "This record was reported as possibly another person's. It is hidden while that is checked.")
_row("IDN-010", "fatal", "invalid", "A report names one record of the person, and says what is wrong with it.")
_row("IDN-011", "fatal", "business-rule", "You gave one of the two answers that disagree, so another senior steward must decide.")
_row(
    "IDN-012",
    "fatal",
    "not-found",
    "This pair is not waiting for a steward any more: other identity rules were put in force, and they decide it.",
)
# Disagreements between sources.
_row(
    "CON-001",
    "fatal",
    "conflict",
    "Somebody did something about this disagreement since you looked. Nothing of yours was stored; look again.",
)
_row(
    "CON-002",
    "fatal",
    "invalid",
    "An assignment says who, of which organisation and by which day, not in the past; an explanation says why.",
)
_row("CON-003", "fatal", "conflict", "The sources do not disagree any more, or cannot be compared now. Nothing was stored.")
_row("CON-004", "fatal", "conflict", "Somebody wrote a newer version since you looked. Nothing of yours was stored; look again.")
_row(
    "ACT-001",
    "fatal",
    "invalid",
    "An action says what is to be done, which named person of which organisation does it, and by which day, not in the past.",
)
_row(
    "ACT-002",
    "fatal",
    "business-rule",
    "An action entered here is requested, accepted, in progress, completed or cancelled. It is requested at first and when it is handed over; "
    "cancelling says why; what is completed or cancelled changes no more.",
)
_row("ACT-003", "fatal", "conflict", "Somebody changed it since you looked. Nothing of yours was stored; look again.")
_row("ACT-004", "fatal", "required", "A change says in If-Match which version it is of.")
_row("ACT-005", "fatal", "duplicate", "Something was entered under this identifier already. Nothing was stored.")
_row(
    "ACT-006", "fatal", "business-rule", "An action answers a need, a goal or a plan of the person's record that whoever enters it may see."
)
_row(
    "ACT-007",
    "fatal",
    "business-rule",
    "What an action entered here asks for, whom it is for and what it answers stay; cancel it and enter another. "
    "What a source asks for is changed at the source.",
)
_row("ACT-008", "fatal", "business-rule", "A confirmed death closes every action, so none is entered or changed.")
_row(
    "ACT-009",
    "fatal",
    "business-rule",
    "How to get into a home is entered only by a role that may read it there. Nothing was stored.",
)
# Doors.
_row("EMG-001", "fatal", "required", "Emergency access needs one of the reasons offered, and at least 15 letters in your own words.")
_row("EMG-002", "fatal", "business-rule", "Your role is already shown every section, so emergency access would open nothing.")
_row("EMG-003", "fatal", "invalid", "A review says appropriate, or follow-up with words; nobody reviews their own access.")
_row("GOV-001", "fatal", "invalid", "The draft cannot be used as it is written. Nothing was changed.")
_row("GOV-002", "fatal", "business-rule", "Who proposed it does not approve it: that takes another person.")
_row(
    "GOV-003", "fatal", "conflict", "It was answered already, or something else has come into force since it was proposed. Propose it anew."
)
_row("GOV-004", "fatal", "transient", "The agreements in force cannot be read by this version, so nothing is shown by other ones.")
_row("EXP-001", "fatal", "throttled", "There are too many exports already. Delete one that is not needed any more, or ask again later.")
_row("EXP-002", "fatal", "required", "An export is made in the background only: ask for it with Prefer: respond-async.")
_row("EXP-003", "fatal", "processing", "The export could not be made: policy does not allow it any more. Nothing of it is kept.")
_row(
    "EXP-004",
    "error",
    "conflict",
    "Records of people were joined or parted while the export was made, so these people are left out. Ask for it again.",
)
_row("EXP-005", "error", "forbidden", "Policy does not let whoever asked read these people's records. They are left out.")
_row("EXP-006", "warning", "not-found", "Of these people there is nothing to show any more. They are left out.")
_row("EXP-007", "error", "exception", "The hub failed on the records of these people. They are left out; the failure is recorded.")
_row(
    "GOV-005",
    "fatal",
    "forbidden",
    "No relationship of you or your organisation with this person is recorded, so the record is not opened. Ask the person's care coordinator, or use "
    "emergency access where it cannot wait.",
)
_row(
    "GOV-006",
    "fatal",
    "forbidden",
    "No relationship of you or your organisation with this person is recorded, so the record is not opened. Ask the person's care coordinator; where it "
    "cannot wait, phone the service that holds the record.",
)
_row("GOV-007", "fatal", "throttled", "More searches for people in a minute than anybody needs who gives care. Try again in a minute.")
_row("RGT-001", "fatal", "required", "What the person disputes is said in their own words, at least 15 letters. Nothing was stored.")
_row("RGT-002", "fatal", "conflict", "The person disputes this entry already, and its source has not changed it since.")
_row("API-001", "fatal", "login", "Sign in, or send a credential.")
_row("API-002", "fatal", "forbidden", "Policy does not allow this request. Ask the record's information governance lead.")
_row("API-003", "fatal", "not-found", "There is no such thing here.")
_row("API-004", "fatal", "not-supported", "This operation or search parameter is not supported here.")
_row("API-005", "fatal", "invalid", "The request is not well formed.")
_row("API-006", "fatal", "too-long", "The request is larger than this door accepts.")
_row("API-007", "fatal", "not-supported", "Only JSON is served here.")
_row("API-008", "fatal", "exception", "The hub failed. The failure is recorded under this number.")
_row("API-010", "fatal", "required", "A request must state its purpose of use.")
_row("API-012", "fatal", "not-supported", "This method is not allowed here.")
_row("API-013", "information", "suppressed", "Something that was asked for is withheld by policy.")
_row("API-014", "warning", "incomplete", "Something is missing from this answer, or may be.")
_row("API-015", "warning", "not-supported", "A search parameter that is not supported here was left out.")
_row("API-016", "fatal", "required", "A search names whose record it is in: patient, subject or _id.")
_row("API-018", "fatal", "deleted", "Its source has withdrawn this record. What it said before may be in its history.")
_row("API-019", "fatal", "throttled", "Too many requests from this address could not say who asks. Try again in a minute.")
_row("API-020", "fatal", "timeout", "The request did not arrive whole in time. Nothing of it is stored. Send it again.")
# Signing in, and tokens.
_row("SIGN-001", "fatal", "login", "The sign-in could not be proved. Nothing was shown. Start again from the sign-in page.")
_row("SIGN-002", "fatal", "login", "This sign-in is not strong enough here. Sign in with a smartcard, security key or passkey.")
_row("SIGN-003", "fatal", "forbidden", "None of this user's roles at any organisation is known here. Ask the hub's administrator.")
_row("SIGN-004", "fatal", "login", "The token is not one that can be trusted here.")
_row("SIGN-005", "fatal", "forbidden", "The scopes of this access do not cover what was asked.")
_row("SIGN-007", "fatal", "invalid", "The app's request for access is not one that is answered here.")
_row("SIGN-008", "fatal", "login", "The app could not prove who it is, or used the same proof before.")
_row("SIGN-009", "fatal", "expired", "This code or launch has been used, has run out, or was made for another app.")
_row("SIGN-010", "fatal", "forbidden", "None of the scopes asked for can be given to this app.")
# Storing.
_row("STORE-001", "fatal", "transient", "The store is busy or cannot be reached. Nothing was accepted.")
_row(
    "STORE-002",
    "fatal",
    "exception",
    "The store's tables are not the ones this version needs. Run the migrations; where they are newer, start the newer version.",
)
_row(
    "STORE-003",
    "fatal",
    "exception",
    "The store is set so that it could lose accepted messages in a power cut. Nothing is accepted until that is put right.",
)
_row(
    "STORE-004",
    "fatal",
    "conflict",
    "Another worker wrote this first. Nothing was written; the work is to be done again on what is there now.",
)
_row("STORE-005", "fatal", "no-store", "The store's disk is nearly full. Nothing is accepted until there is room.")
_row("STORE-006", "fatal", "transient", "The hub was set to read-only. Nothing was accepted or changed; send it again later.")
_row("STORE-007", "fatal", "no-store", "The store cannot be written: it is full, or a copy for reading. Nothing was accepted or changed.")


def issue(number: str, *, at: str = "", about: str = "", count: int = 1) -> Issue:
    """The catalogue entry `number`, at a place. Raises KeyError for an unknown number."""
    return Issue(CATALOGUE[number], at=at, about=about, count=count)
