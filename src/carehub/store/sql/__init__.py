"""Every port once, in SQLAlchemy Core, for SQLite and PostgreSQL."""
