"""A worker that makes one export. Arguments: the store's address, the folder of the files, the id of the export."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from carehub.store.sql.store import SqlStore
from hub.exporting_hub import ExportingHub
from hub.toy_hub import toy_hub

if __name__ == "__main__":
    url, folder, export = sys.argv[1:]
    store = SqlStore(url)
    held = ExportingHub(Path(folder), toy_hub(store=store), load=False)

    def slowly() -> bool:
        time.sleep(0.01)
        return True

    while held.running.work(export, slowly):
        pass
    store.close()
