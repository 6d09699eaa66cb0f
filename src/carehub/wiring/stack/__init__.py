"""`carehub up`: the parts of production on one machine, started together and kept running."""
