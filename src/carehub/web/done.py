"""What a page says first after something was done, and where the focus then is (UI-81).

No page runs a script, so the address moves the focus: each form leads to `#result`, an address without a fragment that its answer redirects to
inherits it, and every page that answers a form has one element that carries `RESULT`.
"""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

RESULT = Markup(' id="result" tabindex="-1"')
"""The attributes of the element that says what came of a form, a filter or a search."""

DONE: Mapping[str, str] = {
    "entered": "The action is saved. It stands in the care plan from now on.",
    "changed": "The change is saved.",
    "handed-over": "The action is handed over. It waits for them to accept it.",
    "noted": "The note is saved. It stands in the care plan from now on.",
    "note-withdrawn": "The note is withdrawn. What it said stays to be read.",
    "written": "The new version is saved. The earlier ones are kept.",
    "assigned": "It is assigned. Who is to put it right stands below.",
    "explained": "The explanation is saved.",
    "disputed": "It is saved, and stands beside the entry from now on. Ask the source to put it right.",
    "not-disputed": "The dispute is withdrawn.",
    "emergency": "You have emergency access to this record now.",
    "emergency-ended": "Emergency access has ended.",
    "reviewed": "Your review is saved.",
    "hidden": "The record is hidden from everyone from now on, and stewards are asked to check it. You can undo this below.",
    "sent": "Stewards are asked to check the record. It is not hidden.",
    "shown": "The report is taken back, and the record is shown again.",
    "taken-back": "The ruling is taken back. The records stand as if it had never been.",
    "soon": "Saved. It takes effect once what came before it is read.",
    "closed": "The report is closed.",
    "last": "You have come to the end of the list. Pairs that you skipped still wait.",
    "answered": "Your answer is saved and in effect.",
    "answered-soon": "Your answer is saved. It takes effect once what came before it is read.",
    "next": "Your last answer is saved and in effect. This is the next pair.",
    "next-soon": "Your last answer is saved and takes effect once what came before it is read. This is the next pair.",
    "tried": "They were tried again. What still waits is listed below.",
    "all-taken": "They were tried again, and each was taken.",
    "back": "Your answer is taken back. You can answer anew.",
}
"""The sentences, by what stands in `?done=` of an address."""
