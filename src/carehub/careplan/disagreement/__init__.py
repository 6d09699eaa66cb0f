"""One module per kind of disagreement: drafts of all sources to conflicts."""
