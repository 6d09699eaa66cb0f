"""Community services: vaccination batches, the Community Services Data Set, end of life care plans."""
