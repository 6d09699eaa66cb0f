"""GP2GP EHR extracts (HL7 v3, RCMR_IN030000UK06 and 07) to the STU3 shapes of a GP Connect record, which the rest of the adapter maps.

Written from the message definition's names and from the published extracts; what they hold goes one way, to STU3 and then to R4.
"""
