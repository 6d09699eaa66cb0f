"""The joint plan: care plans of every agency read as one. Pure."""
