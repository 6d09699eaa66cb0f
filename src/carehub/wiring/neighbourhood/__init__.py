"""An invented neighbourhood: made, loaded, and held against its truth."""
