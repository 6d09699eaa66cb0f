"""Floor 3: the adapter contract kit, a product for adapter authors."""
