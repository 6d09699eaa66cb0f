"""The acute hospital: HL7 v2 ADT and ORU messages in their UK dialects."""
