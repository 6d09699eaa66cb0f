"""Statements written in SQLAlchemy Core, compiled once for the dialect when first run, then run straight on the driver's cursor.

Core's own execution costs more than the SQL on small rows; compiled text with positional arguments keeps Core's one code path for both
dialects and the driver's speed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, cast

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Integer, Table, Text, bindparam, column, func, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import ClauseElement

from carehub.fhir.canonical import dumps


class Statement:
    """SQL text and the order of its arguments."""

    __slots__ = ("_constants", "_order", "_work", "sql")

    def __init__(self, sql: str, order: list[str], constants: Mapping[str, Any]) -> None:
        self.sql = sql
        self._order = order
        self._constants = constants
        self._work: Callable[[], Statement] | None = None

    def arguments(self, named: Mapping[str, Any]) -> tuple[Any, ...]:
        """Named values in the order the text wants them. Raises KeyError for a missing one."""
        return tuple([named[name] if name in named else self._constants[name] for name in self._order])


class _Unasked(Statement):
    """A statement that is compiled when somebody asks what it says, and is like any other from then on: a store has hundreds, of which a process at
    its start runs a few. Two threads that ask at once both find the same."""

    __slots__ = ()

    def __init__(self, work: Callable[[], Statement]) -> None:
        self._work = work

    def __getattr__(self, name: str) -> Any:
        if self._work is not None:
            done = self._work()
            Statement.__init__(self, done.sql, done._order, done._constants)
            self.__class__ = Statement  # type: ignore[assignment]
        return object.__getattribute__(self, name)


def compiled(clause: ClauseElement, dialect: Dialect, columns: list[str] | None = None) -> Statement:
    """The statement, compiled once, when first asked. columns: the columns an INSERT gives values for, in the order rows are passed."""
    return _Unasked(partial(_compiled, clause, dialect, columns))


def _compiled(clause: ClauseElement, dialect: Dialect, columns: list[str] | None) -> Statement:
    extra: Any = {"column_keys": columns} if columns else {}
    done: Any = clause.compile(dialect=dialect, **extra)
    order = list(done.positiontup or ())
    if columns is not None and order[: len(columns)] != columns:
        raise AssertionError("rows must be passed in the order of the table's columns")
    constants = {name: value for name, value in done.params.items() if value is not None}
    return Statement(str(done), order, constants)


def upserting(table: Table, dialect: Dialect) -> Any:
    """The dialect's own INSERT, which knows ON CONFLICT."""
    insert: Any
    if dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # two dozen modules, for nothing on SQLite

        insert = postgresql.insert(table)
    else:
        insert = sqlite.insert(table)
    return insert.inline()


def inserting(table: Table, dialect: Dialect, *, update: Iterable[str] | None = None, where: str = "") -> Statement:
    """INSERT of whole rows in column order (an automatic number left out).

    update: columns to overwrite when the primary key is there; () to leave the row there as it is, whichever unique key clashes; None to
    fail. where: the name of a number column; the row there is overwritten only if its number is not higher.
    """
    columns = [c.name for c in table.columns if not (c.primary_key and c.autoincrement is True)]
    insert = upserting(table, dialect)
    if update is not None:
        chosen = list(update)
        if chosen:
            held = table.c[where] <= insert.excluded[where] if where else None
            insert = insert.on_conflict_do_update(
                index_elements=[c.name for c in table.primary_key],
                set_={name: insert.excluded[name] for name in chosen},
                where=held,
            )
        else:
            insert = insert.on_conflict_do_nothing()
    return compiled(insert, dialect, columns)


def one_of(column: ColumnElement[Any], dialect: Dialect, name: str = "ids") -> ColumnElement[bool]:
    """`column` equals one of the list given as argument `name` (see `listed`): one argument however long the list."""
    numbers = isinstance(column.type, BigInteger)
    if dialect.name == "postgresql":
        kind = ARRAY(BigInteger()) if numbers else ARRAY(Text())
        return column == func.any(bindparam(name, type_=kind))
    each = func.json_each(bindparam(name, type_=Text())).table_valued("value")
    return column.in_(select(each.c.value))


def each_name(dialect: Dialect, name: str = "ids") -> Any:
    """A list of names, given as `listed` makes it, as a table with the column `value`: to begin a join with. SQLite looks rows up in the
    list's own order then, and need not sort it first as for `one_of`."""
    if dialect.name == "postgresql":
        return func.unnest(bindparam(name, type_=ARRAY(Text()))).table_valued("value").render_derived()
    return func.json_each(bindparam(name, type_=Text())).table_valued("value")


def each_number(dialect: Dialect, name: str = "ids") -> Any:
    """The same for numbers."""
    if dialect.name == "postgresql":
        return func.unnest(bindparam(name, type_=ARRAY(BigInteger()))).table_valued(column("value", BigInteger)).render_derived()
    return func.json_each(bindparam(name, type_=Text())).table_valued(column("value", Integer))


def listed(values: Iterable[Any], dialect: Dialect) -> Any:
    """A list argument for `one_of`, without repeats."""
    unique = list(dict.fromkeys(values))
    return unique if dialect.name == "postgresql" else dumps(unique).decode()


def argument(name: str) -> Any:
    """A named argument of a statement."""
    return cast(Any, bindparam(name))
