"""Parsers of the formats that feeds arrive in."""
