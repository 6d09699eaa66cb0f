"""The tables: three areas that may live in three files. `log` and `audit` are written once; `record` can be derived again from the log.

Numbers stand for long ids inside `record` (table `names`), because a record is named in four tables and their indexes. Free text from
messages is kept in JSON columns of bytes: PostgreSQL text cannot hold U+0000, and a message that has one must not be lost for it.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, SmallInteger, Table, Text, UniqueConstraint

# Ids sort by code point everywhere; PostgreSQL would otherwise sort by the server's language.
Name = Text().with_variant(Text(collation="C"), "postgresql")
# Only INTEGER makes a column the row's own number in SQLite.
Number = BigInteger().with_variant(Integer(), "sqlite")

log = MetaData()
audit = MetaData()
record = MetaData()

submissions = Table(
    "submissions",
    log,
    Column("id", Number, primary_key=True, autoincrement=False),
    Column("submission", Name, nullable=False, unique=True),
    Column("feed", Name, nullable=False),
    Column("received_at", Name, nullable=False),
    Column("sha256", Name, nullable=False),
    Column("parts", Integer, nullable=False),
    Column("size", Number, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    Column("body", LargeBinary),
)
# A large submission is cut, so that one of its messages can be read without reading all of it.
chunks = Table(
    "submission_chunks",
    log,
    Column("submission", Number, ForeignKey("submissions.id"), primary_key=True, autoincrement=False),
    Column("chunk", Integer, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
)
# start and length: the slice of the submission that is the message; body only where it is no slice.
messages = Table(
    "messages",
    log,
    Column("position", Number, primary_key=True, autoincrement=False),
    Column("message", Name, nullable=False, unique=True),
    Column("submission", Number, ForeignKey("submissions.id"), nullable=False),
    Column("part", Integer, nullable=False),
    Column("start", Number, nullable=False),
    Column("length", Number, nullable=False),
    Column("body", LargeBinary),
)
# A submission that came in a stream (see store.streaming). state: 0 staged, 1 finished, 2 discarded. first, last: places of its messages in the
# log, which they have as soon as the stream is finished. head: what its headed messages begin with.
streams = Table(
    "streams",
    log,
    Column("id", Number, primary_key=True, autoincrement=False),
    Column("state", SmallInteger, nullable=False),
    Column("touched", Name, nullable=False),
    Column("submission", Number, ForeignKey("submissions.id"), unique=True),
    Column("first", Number),
    Column("last", Number),
    Column("head", LargeBinary),
    Index("streams_last", "last"),
    Index("streams_state", "state", "touched"),
)
stream_chunks = Table(
    "stream_chunks",
    log,
    Column("stream", Number, ForeignKey("streams.id"), primary_key=True, autoincrement=False),
    Column("chunk", Integer, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
)
# key: eight bytes made of the message's id, to find it by.
stream_messages = Table(
    "stream_messages",
    log,
    Column("stream", Number, ForeignKey("streams.id"), primary_key=True, autoincrement=False),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("key", BigInteger, nullable=False, index=True),
    Column("start", Number, nullable=False),
    Column("length", Number, nullable=False),
    Column("headed", SmallInteger, nullable=False),
    Column("body", LargeBinary),
    sqlite_with_rowid=False,
)

counters = Table("counters", record, Column("name", Name, primary_key=True), Column("value", Number, nullable=False))
names = Table(
    "names", record, Column("id", Number, primary_key=True, autoincrement=False), Column("name", Name, nullable=False, unique=True)
)
origins = Table(
    "origins", record, Column("id", Number, primary_key=True, autoincrement=False), Column("origin", Name, nullable=False, unique=True)
)
# What tellings say, once for each record and content.
states = Table(
    "states",
    record,
    Column("id", Number, primary_key=True, autoincrement=False),
    Column("record", Number, nullable=False, index=True),
    Column("sha", LargeBinary, nullable=False),
    Column("size", Number, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
tellings = Table(
    "tellings",
    record,
    Column("record", Number, primary_key=True, autoincrement=False),
    Column("message", Number, primary_key=True, autoincrement=False, index=True),
    Column("state", Number, nullable=False),
    Column("position", Number, nullable=False),
    Column("patient", Number, nullable=False),
    Column("type", Number, nullable=False),
    Column("change", SmallInteger, nullable=False),
    Column("facts", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
# The body served is states.body with `middle` in place of all but its first `head` and last `tail` bytes; `middle` alone without a state.
# short: how `middle` leaves out what the row says anyway (see coding). origin: of the record, its type among it.
records = Table(
    "records",
    record,
    Column("id", Number, primary_key=True, autoincrement=False),
    Column("origin", Number, nullable=False),
    Column("patient", Number, nullable=False),
    Column("version", Integer, nullable=False),
    Column("message", Number, nullable=False),
    Column("withdrawn", SmallInteger, nullable=False),
    Column("last_position", Number, nullable=False),
    Column("stamp", Number, nullable=False),
    Column("facts", LargeBinary, nullable=False),
    Column("state", Number),
    Column("head", Number, nullable=False),
    Column("tail", Number, nullable=False),
    Column("middle", LargeBinary, nullable=False),
    Column("short", SmallInteger, nullable=False),
    Index("records_patient", "patient", "origin"),
)
outcomes = Table(
    "outcomes",
    record,
    Column("message", Number, primary_key=True, autoincrement=False),
    Column("position", Number, nullable=False),
    Column("verdict", Name, nullable=False),
    Column("patient", Number, nullable=False, index=True),
    Column("origin", Number, nullable=False),
    Column("facts", LargeBinary, nullable=False),
    Index("outcomes_verdict", "verdict", "position"),
)
# That a message told of a record under a scope; unit: its submission. Records told without a scope have no row.
scoped = Table(
    "scoped",
    record,
    Column("record", Number, primary_key=True, autoincrement=False),
    Column("message", Number, primary_key=True, autoincrement=False, index=True),
    Column("scope", Number, nullable=False),
    Column("unit", Number, nullable=False),
    Index("scoped_scope", "scope", "record"),
    sqlite_with_rowid=False,
)
# patient 0: of all patients, in the submission `unit`.
closings = Table(
    "closings",
    record,
    Column("message", Number, primary_key=True, autoincrement=False),
    Column("scope", Number, primary_key=True, autoincrement=False),
    Column("patient", Number, nullable=False),
    Column("unit", Number, nullable=False),
    Column("told_at", Name, nullable=False),
    Column("sequence", LargeBinary, nullable=False),
    Column("position", Number, nullable=False),
    Index("closings_scope", "scope", "patient", "told_at"),
    sqlite_with_rowid=False,
)
# The writes that last told and last closed a scope, so that two workers cannot pass each other by.
scopes = Table(
    "scopes",
    record,
    Column("scope", Number, primary_key=True, autoincrement=False),
    Column("told", Number, nullable=False),
    Column("closed", Number, nullable=False),
)
revisits = Table(
    "revisits",
    record,
    Column("message", Name, primary_key=True),
    Column("patient", Name, primary_key=True),
    Column("position", Number, nullable=False),
    Column("stamp", Number, nullable=False),
    Index("revisits_position", "position"),
)
# origin: of feed and source. day "": all days.
tallies = Table(
    "tallies",
    record,
    Column("day", Name, primary_key=True),
    Column("origin", Number, primary_key=True, autoincrement=False),
    Column("messages", Number, nullable=False),
    Column("partly", Number, nullable=False),
    Column("rejected", Number, nullable=False),
    Column("untranslated", Number, nullable=False),
    Column("not_mapped", Number, nullable=False),
    Column("last", Name, nullable=False),
    Column("last_good", Name, nullable=False),
    Column("good_position", Number, nullable=False),
    Column("dead_position", Number, nullable=False),
)

members = Table(
    "members",
    record,
    Column("patient", Name, primary_key=True),
    Column("person", Name, nullable=False, index=True),
    Column("nhs_number", Name, nullable=False, index=True),
    Column("family_key", Name, nullable=False, index=True),
    Column("birth_date", Name, nullable=False, index=True),
    Column("postcode", Name, nullable=False, index=True),
    Column("member", LargeBinary, nullable=False),
)
member_keys = Table(
    "member_keys",
    record,
    Column("key", Name, primary_key=True),
    Column("patient", Name, primary_key=True),
    sqlite_with_rowid=False,
)
links = Table(
    "links",
    record,
    Column("patient", Name, primary_key=True),
    Column("person", Name, nullable=False, index=True),
    Column("link", LargeBinary, nullable=False),
)
link_history = Table(
    "link_history",
    record,
    Column("id", Number, primary_key=True, autoincrement=False),
    Column("patient", Name, nullable=False),
    Column("position", Number, nullable=False),
    Column("at", Name, nullable=False),
    Column("digest", Name, nullable=False),
    Column("link", LargeBinary, nullable=False),
    UniqueConstraint("patient", "position", "digest", name="link_history_once"),
)
reviews = Table(
    "reviews",
    record,
    Column("a", Name, primary_key=True),
    Column("b", Name, primary_key=True, index=True),
    Column("review", LargeBinary, nullable=False),
)
merges = Table(
    "merges",
    record,
    Column("surviving", Name, primary_key=True),
    Column("subsumed", Name, primary_key=True, index=True),
    Column("message", Name, primary_key=True),
    Column("position", Number, nullable=False),
    Column("told_at", Name, nullable=False),
    Column("undone", SmallInteger, nullable=False),
)
redirects = Table("redirects", record, Column("person", Name, primary_key=True), Column("other", Name, nullable=False))
# Every person there ever was in this generation, live or not.
persons = Table("persons", record, Column("person", Name, primary_key=True))
# since and position are numbers of lane commits, not places in the log: two commits at one place must not clear each other's dirt.
dirt = Table(
    "dirt",
    record,
    Column("person", Name, primary_key=True),
    Column("since", Number, nullable=False),
    Column("position", Number, nullable=False),
    Index("dirt_since", "since", "person"),
)
plans = Table(
    "plans",
    record,
    Column("person", Name, primary_key=True),
    Column("content_hash", Name, nullable=False),
    Column("conflicts", Integer, nullable=False),
    Column("gaps", Integer, nullable=False),
    Column("position", Number, nullable=False),
    Column("at", Name, nullable=False),
    Column("plan", LargeBinary, nullable=False),
)
# Of the few plans that speak for a place on a caseload, by what. Beside the plans, because to walk through those is to read them.
marks = Table(
    "marks",
    record,
    Column("person", Name, primary_key=True),
    Column("position", Number, nullable=False),
    Column("marks", Text, nullable=False),
)

AREAS = {"log": log, "audit": audit, "record": record}
