"""The emergency summaries as files that need nothing but themselves, for when carehub is away (hazard H-19): alerts first, as of when, what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from carehub.governance.redaction import Disclosed
from carehub.governance.requester import Requester
from carehub.hub.reading import PersonRecord
from carehub.web.pack import FOR_EMERGENCY, pack
from carehub.web.rendering import Pages
from carehub.web.screen import frame


def files_of(
    pages: Pages, records: Sequence[Disclosed[PersonRecord]], unknown: Sequence[str], requester: Requester, written: datetime
) -> Mapping[str, str]:
    """Name of each file to its HTML: "index.html", and one for each record in the order given. unknown: NHS numbers under which nothing was found.

    requester: for whom the records were read. Safeguarding detail is in none of them, as on every sheet (web.pack).
    """
    named = {f"{place:04}.html": record for place, record in enumerate(records, 1)}
    people = [(name, frame(record).banner) for name, record in named.items()]
    listed = pages.alone("emergency_summaries.html", people=people, unknown=unknown, written=written, viewer=requester)
    return {"index.html": listed} | {name: _summary(pages, record, requester) for name, record in named.items()}


def _summary(pages: Pages, record: Disclosed[PersonRecord], requester: Requester) -> str:
    view = pack(record, for_person=False, sections=FOR_EMERGENCY)
    return pages.alone("emergency_summary.html", view=view, frame=view.frame, viewer=requester)
