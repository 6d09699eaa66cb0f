"""`carehub bench identity`: how well and how fast the matcher links, on sets whose truth is known, beside Splink where it is installed."""
