"""One module per section: source records to drafts of entries. Each has TYPES (the resource types it reads) and read(record, shelf)."""
