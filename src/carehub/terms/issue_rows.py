"""The rows of the issue catalogue about reading bytes, checking resources, and messages; see issue_catalogue."""

from __future__ import annotations

from carehub.terms.issue import CatalogueEntry, Severity

CATALOGUE: dict[str, CatalogueEntry] = {}


def row(number: str, severity: Severity, code: str, text: str) -> None:
    """Add one. Raises AssertionError for a number that is there."""
    if number in CATALOGUE:
        raise AssertionError(f"issue number {number} is used twice")
    CATALOGUE[number] = CatalogueEntry(number, severity, code, text)


# Reading bytes.
row("GATE-001", "fatal", "too-long", "The body is larger than this door accepts.")
row("GATE-002", "fatal", "structure", "The body is not valid JSON in UTF-8.")
row("GATE-003", "fatal", "structure", "The body is nested too deeply.")
row("GATE-004", "fatal", "structure", "A JSON object has the same key twice, so one of the two values would be lost.")
row("GATE-005", "fatal", "structure", "The JSON is not an object with a resourceType.")
row("GATE-006", "fatal", "structure", "The body is not well-formed XML.")
row("GATE-007", "fatal", "security", "The XML declares a document type or an entity. Neither is ever read.")
# Checking a resource.
row("GATE-010", "error", "structure", "The resource does not have the shape that FHIR R4 requires.")
row("GATE-011", "error", "structure", "The resource type is not part of FHIR R4 4.0.1, or not one the hub stores.")
row("GATE-012", "error", "code-invalid", "A coded element with a required value set holds a code that is not in it.")
row("GATE-013", "error", "structure", "A choice element is given twice with different types.")
row("GATE-014", "error", "structure", "An array, object or text is empty, or a null stands alone.")
row("GATE-015", "error", "value", "A reference is not written in a form that can be followed.")
row("GATE-016", "error", "value", "An id is not 1 to 64 letters, digits, hyphens or full stops.")
row("GATE-017", "error", "business-rule", "An element that UK Core requires is missing.")
row("GATE-018", "error", "value", "A date, time or number is not possible.")
row("GATE-019", "error", "business-rule", "An element comes more often, or with another value, than UK Core allows.")
# Mapping a message.
row("MAP-001", "fatal", "structure", "The message is not in the format that this feed declares.")
row("MAP-002", "fatal", "required", "The message does not say which patient it is about.")
row("MAP-003", "fatal", "not-supported", "The message is of a kind that this feed does not carry.")
row("MAP-004", "error", "structure", "An entry of the message could not be read.")
row("MAP-005", "information", "not-supported", "Received, not mapped yet. The message keeps it as sent.")
row("MAP-006", "warning", "code-invalid", "A local code has no known translation. The source's own code and words are kept.")
row("MAP-007", "warning", "value", "A value could not be read and is kept as text.")
row("MAP-008", "warning", "not-found", "A reference points at something the message does not contain. Its text is kept.")
row(
    "MAP-009",
    "warning",
    "value",
    "The NHS number is not valid or is a placeholder. It is kept as a local identifier and not used for linking.",
)
row("MAP-010", "warning", "value", "A date is impossible and is left out. The message keeps it as sent.")
row("MAP-011", "error", "business-rule", "The sender answered with an error instead of a record.")
row("MAP-012", "fatal", "exception", "The adapter failed on this message. It is kept and can be replayed after a fix.")
row("MAP-013", "fatal", "invariant", "The message names more than one patient, so it cannot be filed safely.")
row("MAP-014", "information", "informational", "A detail that has no place in FHIR was left out on purpose.")
row("MAP-015", "error", "duplicate", "The message tells the same record twice with different content. The first is kept.")
row("MAP-016", "error", "invariant", "An entry names a different patient from the rest of the message, so it is not filed.")
row("MAP-017", "information", "not-supported", "A detail of an entry is not mapped yet. The message keeps it as sent.")
row("MAP-018", "warning", "duplicate", "The message uses one id for different records. All are kept, each on its own.")
row(
    "MAP-019",
    "error",
    "incomplete",
    "Messages of this submission could not be read, so what it seems to leave out may have been among them. It is shown as withdrawn until they are.",
)
row("MAP-020", "warning", "incomplete", "An entry could not be read, so nothing the message leaves out was taken as withdrawn.")
row("MAP-021", "warning", "value", "A value is impossible and is left out. The message keeps it as sent.")
row(
    "MAP-022",
    "warning",
    "incomplete",
    "A visit was moved here from another record. What was told of it there, its places and diagnoses, does not come along.",
)
row("MAP-023", "warning", "incomplete", "The message counts more or fewer segments than it holds, so part of it may be missing.")
row(
    "MAP-024",
    "warning",
    "value",
    "A mark that ends an entry stands inside its text. The text is kept whole, as the message's own count allows.",
)
row(
    "MAP-025",
    "fatal",
    "exception",
    "Processes ended while they read this message. It is kept and not read again before it is replayed on purpose.",
)
row(
    "MAP-026",
    "fatal",
    "too-costly",
    "Reading this message took more time or memory than one may. It is kept and can be replayed after a fix.",
)
row(
    "MAP-027",
    "warning",
    "value",
    "The sender dates this after it was received, so a clock is wrong. States go by the sender's time: what it says later may stand behind this.",
)
row(
    "MAP-030",
    "warning",
    "incomplete",
    "The sender says that its answer leaves out something it was asked for. Nothing is concluded from what is absent.",
)
row("MAP-040", "warning", "incomplete", "The submission cannot be taken as complete. Nothing is concluded from what is absent from it.")
# Receiving.
row("FEED-001", "fatal", "not-found", "There is no feed of this name.")
row("FEED-002", "fatal", "required", "The submission is empty.")
row("FEED-003", "fatal", "duplicate", "This delivery key was used before for different bytes.")
row("FEED-010", "fatal", "business-rule", "This feed is switched off for its sender at this date. The message is kept and can be replayed.")
row("FEED-011", "fatal", "security", "This sender is not one of those that this door takes messages from. Nothing was stored.")
row("FEED-012", "fatal", "business-rule", "This door takes live messages, and the message says that it is not one. Nothing was stored.")
row("FEED-020", "fatal", "too-long", "The frame is longer than this door accepts. Nothing was stored.")
row("FEED-021", "fatal", "incomplete", "Another message began before the end block of this one. It was not stored; send it again.")
row("FEED-022", "fatal", "structure", "The message came without a start block. Nothing was stored.")
row("FEED-031", "fatal", "not-supported", "The file is packed with gzip. Nothing was stored; unpack it and drop it again.")
row("FEED-032", "fatal", "structure", "The control file cannot be used. Nothing was stored.")
row("FEED-033", "fatal", "not-supported", "The control file reports on something that was sent. There is no message to store.")
