"""Floor 3: the adapter contract kit, a product for adapter authors. It reads adapter folders (cases.py) and nothing else."""
