#!/usr/bin/env bash
# SQLite 3.54.1 (apsw 3.54.1.0 of PyPI) makes an EXISTS that does not depend on the outer
# query a join. Between two virtual tables of the same estimated cost it scans the inner one
# anew for each outer row, and leaves each scan at its first row. The same question as a
# scalar subquery is answered by one scan. A table whose scans are calls over a network
# takes as many as the other table has rows, and none of them comes to an end that could be
# kept. A higher estimate for the inner table makes SQLite scan it first, and once.
#
# Output seen:
#   exists (select 1 from inner_table): 500 scans
#   (select 1 from inner_table limit 1) is not null: 1 scan
#   exists (select 1 from inner_table), dearer: 1 scan
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check apsw==3.54.1.0
"$work/venv/bin/python" - <<'PYTHON'
import apsw


class Table:
    def __init__(self, rows, cost):
        self.rows, self.cost, self.scans = rows, cost, 0

    def Create(self, db, module, schema, name, *args):
        return "create table t(a)", self

    Connect = Create

    def BestIndex(self, constraints, orderbys):
        return [None] * len(constraints), 0, None, False, self.cost

    def Open(self):
        return Cursor(self)

    def Disconnect(self):
        pass

    Destroy = Disconnect


class Cursor:
    def __init__(self, table):
        self.table = table

    def Filter(self, *args):
        self.at = 0
        self.table.scans += 1

    def Eof(self):
        return self.at >= self.table.rows

    def Next(self):
        self.at += 1

    def Column(self, number):
        return self.at

    def Rowid(self):
        return self.at

    def Close(self):
        pass


def scans(condition, cost=1000, note=""):
    outer, inner = Table(500, 1000), Table(10, cost)
    connection = apsw.Connection(":memory:")
    for name, table in (("outer_table", outer), ("inner_table", inner)):
        connection.create_module(name, table)
        connection.execute(f"create virtual table {name} using {name}")
    found = connection.execute(f"select count(*) from outer_table where {condition}").fetchall()[0][0]
    assert found == 500, found
    print(f"{condition}{note}: {inner.scans} scan{'s' if inner.scans > 1 else ''}")
    return inner.scans


print("SQLite", apsw.sqlitelibversion())
exists = "exists (select 1 from inner_table)"
assert scans(exists) == 500, "EXISTS no longer scans for each outer row"
assert scans("(select 1 from inner_table limit 1) is not null") == 1, "a scalar subquery scans more than once"
assert scans(exists, 100000, ", dearer") == 1, "the estimate no longer decides"
PYTHON
