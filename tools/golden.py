"""Write expected.json and rejected.json of every case from what the adapters make of it now: `make golden`, then read the diff.

A changed golden file is a changed clinical meaning: it is for the adapter's clinical owner to review, and mapping_version rises with it.
"""

from __future__ import annotations

import sys

from carehub.wiring.kit_cli import golden_files

if __name__ == "__main__":
    golden_files(sys.argv[1:])
