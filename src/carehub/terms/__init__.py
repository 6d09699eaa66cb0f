"""Floor 0: the words everything else is said in. Values only; no input, no output."""
