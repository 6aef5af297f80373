#!/usr/bin/env bash
# SQLite 3.54.1 (apsw 3.54.1.0 of PyPI) finds a table-valued function in every schema,
# also in one that does not exist: nosuch.json_each('[1,2]') has two rows, where any
# other table of the schema is "no such table". The same holds for every eponymous
# virtual table, which is why a program that offers its tables as such never hears that
# a user's schema is misspelt. Tables made by CREATE VIRTUAL TABLE do not have this.
#
# Output seen:
#   nosuch.json_each: [(1,), (2,)]
#   nosuch.sqlite_schema: no such table: nosuch.sqlite_schema
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check apsw==3.54.1.0
"$work/venv/bin/python" - <<'PYTHON'
import apsw

connection = apsw.Connection(":memory:")
print("SQLite", apsw.sqlitelibversion())
rows = list(connection.execute("select value from nosuch.json_each('[1,2]')"))
print("nosuch.json_each:", rows)
try:
    list(connection.execute("select * from nosuch.sqlite_schema"))
    error = None
except apsw.SQLError as e:
    error = str(e)
print("nosuch.sqlite_schema:", error)
assert rows == [(1,), (2,)], "the function is no longer found in an unknown schema"
assert error and error.startswith("no such table"), "an unknown schema has tables"
PYTHON
