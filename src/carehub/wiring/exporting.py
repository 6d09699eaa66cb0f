"""What makes exports of a caseload, as the settings have it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from carehub.api.export_lines import lines
from carehub.governance.export import Export
from carehub.hub.caseload import Caseloads
from carehub.hub.hub import Hub
from carehub.hub.run_export import RunExports
from carehub.store.export_files import FolderOfExports
from carehub.wiring.caseload_criteria import load_criteria
from carehub.wiring.settings import Settings
from carehub.wiring.working import alarm


def exports_of(settings: Settings, hub: Hub) -> RunExports:
    """Exports of the caseloads of a hub, in the folder of the settings. Raises BadCriteria."""
    caseloads = Caseloads(hub, load_criteria(settings.caseload))

    def people(asked: Export) -> tuple[Sequence[str], Sequence[str]]:
        found = caseloads.members(asked.by, asked.group).value
        return [one.person for one in found.people], (*found.withheld, *found.limits)

    files = FolderOfExports(settings.exports_folder)
    return RunExports(hub.store, hub.disclosing, files, people, lines, timedelta(hours=settings.export_hours), alarm)
