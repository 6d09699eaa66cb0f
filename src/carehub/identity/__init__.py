"""Floor 2: who is this. Pure: demographics in, links and reviews out."""
