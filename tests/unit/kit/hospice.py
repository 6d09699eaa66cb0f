"""An invented adapter's manifest, for tests of the kit."""

MANIFEST = """
name = "hospice"
title = "Hospice"
owner = "Integration"
clinical_owner = "A. Clinician"
source_kind = "voluntary"
identifier_domain = "https://example.org/Id/hospice"
mapping_version = 1
produces = ["Patient"]
sections = ["about"]
grade = { level = "bronze" }

[[feeds]]
name = "plans"
title = "Plans"
content_type = "application/json"
arrives = "push"
messages = ["plan"]
expected_every = "P1D"
stale_after = "P7D"
"""
