"""Copies of the whole store that only the holder of a key kept elsewhere can read, and what proves that a restored one is the same."""
