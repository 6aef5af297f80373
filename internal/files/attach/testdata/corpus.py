"""Writes the Parquet files in parquet/, with DuckDB and pyarrow, and beside them the rows
that they must be read as: of WRITER-WAY.parquet in WRITER-WAY.json or else WRITER.json.

    python3 -m venv /tmp/corpus && /tmp/corpus/bin/pip install duckdb==2.0.1 pyarrow==26.0.1
    /tmp/corpus/bin/python corpus.py
"""

import datetime
import decimal
import json
import pathlib
import uuid

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

FOLDER = pathlib.Path(__file__).parent / "parquet"
UTC = datetime.timezone.utc

# Each column: name, type in DuckDB, kind, and pairs of a literal and the value read.
SCALARS = [
    ("boolean", "BOOLEAN", "boolean", [("true", True), ("false", False)]),
    ("tinyint", "TINYINT", "bigint", [("-128", -128), ("127", 127)]),
    ("smallint", "SMALLINT", "bigint", [("-32768", -32768), ("32767", 32767)]),
    ("integer", "INTEGER", "bigint", [("-2147483648", -2147483648), ("2147483647", 2147483647)]),
    ("bigint", "BIGINT", "bigint", [("-9223372036854775808", -9223372036854775808), ("9223372036854775807", 9223372036854775807)]),
    ("utinyint", "UTINYINT", "bigint", [("0", 0), ("255", 255)]),
    ("usmallint", "USMALLINT", "bigint", [("0", 0), ("65535", 65535)]),
    ("uinteger", "UINTEGER", "bigint", [("0", 0), ("4294967295", 4294967295)]),
    ("ubigint", "UBIGINT", "text", [("1", "1"), ("18446744073709551615", "18446744073709551615")]),
    ("ubigint_small", "UBIGINT", "bigint", [("1", 1), ("9223372036854775807", 9223372036854775807)]),
    ("float", "FLOAT", "double precision", [("1.5", 1.5), ("-0.25", -0.25)]),
    ("double", "DOUBLE", "double precision", [("0.1", 0.1), ("1e300", 1e300)]),
    ("decimal_4_1", "DECIMAL(4,1)", "double precision", [("123.4", 123.4), ("-0.5", -0.5)]),
    ("decimal_9_2", "DECIMAL(9,2)", "double precision", [("1234567.89", 1234567.89), ("-12.30", -12.3)]),
    ("decimal_18_3", "DECIMAL(18,3)", "double precision", [("12.500", 12.5), ("-7.001", -7.001)]),
    ("decimal_18_3_long", "DECIMAL(18,3)", "text",
     [("123456789012345.678", "123456789012345.678"), ("-999999999999999.999", "-999999999999999.999")]),
    ("decimal_38_10", "DECIMAL(38,10)", "text",
     [("1234567890123456789012345678.0123456789", "1234567890123456789012345678.0123456789"), ("-0.5", "-0.5000000000")]),
    ("decimal_38_0", "DECIMAL(38,0)", "double precision", [("12", 12), ("-3", -3)]),
    ("varchar", "VARCHAR", "text", [("'na\u00efve'", "na\u00efve"), ("''", "")]),
    ("blob", "BLOB", "text", [("'\\xFF\\x00'::BLOB", {"hex": "ff00"}), ("'a'::BLOB", "a")]),
    ("uuid", "UUID", "text",
     [("'6f1c0de5-0000-4000-8000-00000000abcd'", "6f1c0de5-0000-4000-8000-00000000abcd"),
      ("'ffffffff-ffff-4fff-bfff-ffffffffffff'", "ffffffff-ffff-4fff-bfff-ffffffffffff")]),
    ("date", "DATE", "timestamptz", [("'2024-02-29'", "2024-02-29T00:00:00Z"), ("'1969-12-31'", "1969-12-31T00:00:00Z")]),
    ("time", "TIME", "text", [("'23:59:59.123456'", "23:59:59.123456"), ("'00:00:00'", "00:00:00")]),
    ("timestamp", "TIMESTAMP", "timestamptz",
     [("'2026-11-23 20:00:00.5'", "2026-11-23T20:00:00.5Z"), ("'1969-12-31 23:59:59.999999'", "1969-12-31T23:59:59.999999Z")]),
    ("timestamptz", "TIMESTAMPTZ", "timestamptz",
     [("'2026-11-23 20:00:00+02'", "2026-11-23T18:00:00Z"), ("'1970-01-01 00:00:00+00'", "1970-01-01T00:00:00Z")]),
    ("timestamp_s", "TIMESTAMP_S", "timestamptz",
     [("'2026-11-23 20:00:00'", "2026-11-23T20:00:00Z"), ("'1960-01-01 00:00:01'", "1960-01-01T00:00:01Z")]),
    ("timestamp_ms", "TIMESTAMP_MS", "timestamptz",
     [("'2026-11-23 20:00:00.123'", "2026-11-23T20:00:00.123Z"), ("'1960-01-01 00:00:01'", "1960-01-01T00:00:01Z")]),
    ("timestamp_ns", "TIMESTAMP_NS", "timestamptz",
     [("'2026-11-23 20:00:00.123456789'", "2026-11-23T20:00:00.123456789Z"), ("'1960-01-01 00:00:01'", "1960-01-01T00:00:01Z")]),
    ("interval", "INTERVAL", "text",
     [("INTERVAL '14 months 3 days 2 seconds 500 milliseconds'", "P14M3DT2.5S"), ("INTERVAL '0 days'", "PT0S")]),
    ("enum", "ENUM('low', 'high')", "text", [("'low'", "low"), ("'high'", "high")]),
    ("json", "JSON", "jsonb", [("'{\"a\": [1, null]}'", {"json": '{"a": [1, null]}'}), ("'1'", {"json": "1"})]),
    ("list", "INTEGER[]", "jsonb", [("[1, NULL, 3]", {"json": "[1,null,3]"}), ("[]", {"json": "[]"})]),
    ("lists", "VARCHAR[][]", "jsonb", [("[['a'], [], NULL]", {"json": '[["a"],[],null]'}), ("[[]]", {"json": "[[]]"})]),
    ("struct", "STRUCT(id UUID, price DECIMAL(9,2), tags VARCHAR[])", "jsonb",
     [("{'id': '6f1c0de5-0000-4000-8000-00000000abcd', 'price': 1.50, 'tags': ['x', '<&>']}",
       {"json": '{"id":"6f1c0de5-0000-4000-8000-00000000abcd","price":1.50,"tags":["x","<&>"]}'}),
      ("{'id': NULL, 'price': NULL, 'tags': NULL}", {"json": '{"id":null,"price":null,"tags":null}'})]),
    ("map", "MAP(VARCHAR, INTEGER)", "jsonb",
     [("MAP {'a': 1, 'b': NULL}", {"json": '{"a":1,"b":null}'}), ("MAP {}", {"json": "{}"})]),
    ("map_of_int", "MAP(INTEGER, STRUCT(x INTEGER)[])", "jsonb",
     [("MAP {7: [{'x': 1}, NULL]}", {"json": '{"7":[{"x":1},null]}'}), ("MAP {1: []}", {"json": '{"1":[]}'})]),
]

EXPECTED = {
    "columns": {name: kind for name, _, kind, _ in SCALARS},
    "rows": [[values[i][1] for _, _, _, values in SCALARS] for i in range(2)] + [[None] * len(SCALARS)],
}


def expect(name, expected=EXPECTED):
    (FOLDER / (name + ".json")).write_text(json.dumps(expected) + "\n")


def write_duckdb():
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    columns = ", ".join('"%s" %s' % (name, kind) for name, kind, _, _ in SCALARS)
    con.execute("CREATE TABLE t(%s)" % columns)
    for i in range(2):
        con.execute("INSERT INTO t VALUES (%s)" % ", ".join(values[i][0] for _, _, _, values in SCALARS))
    con.execute("INSERT INTO t SELECT %s" % ", ".join(["NULL"] * len(SCALARS)))
    for codec in ["uncompressed", "snappy", "gzip", "zstd", "brotli", "lz4_raw"]:
        for version in ["v1", "v2"]:
            name = "duckdb-%s-%s" % (codec, version)
            con.execute("COPY t TO '%s' (FORMAT parquet, CODEC '%s', PARQUET_VERSION %s)"
                        % (FOLDER / (name + ".parquet"), codec, version))
    expect("duckdb")


def write_pyarrow():
    """Writes what DuckDB wrote, as pyarrow reads it, in pyarrow's ways."""
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    table = pq.read_table(FOLDER / "duckdb-snappy-v1.parquet")
    ways = {
        "v1": dict(compression="snappy", data_page_version="1.0"),
        "v2": dict(compression="zstd", data_page_version="2.0"),
        "gzip": dict(compression="gzip", data_page_size=1),
        "brotli": dict(compression="brotli", use_dictionary=False, data_page_version="2.0"),
        "lz4": dict(compression="lz4", row_group_size=1),
        "plain": dict(compression="none", use_dictionary=False, write_page_checksum=True),
        "old": dict(compression="snappy", version="1.0", use_compliant_nested_type=False),
    }
    # pyarrow has no UUID below a list, and no interval of Parquet: they come as bytes. Nor
    # has it nanoseconds in older versions of the format.
    written = table.drop_columns(["interval", "struct", "enum", "json", "timestamp_ns"])
    for way, options in ways.items():
        pq.write_table(written, FOLDER / ("pyarrow-%s.parquet" % way), **options)
    places = [i for i, (n, _, _, _) in enumerate(SCALARS) if n in written.column_names]
    expect("pyarrow", {
        "columns": {SCALARS[i][0]: SCALARS[i][2] for i in places},
        "rows": [[row[i] for i in places] for row in EXPECTED["rows"]],
    })
    write_encodings()
    write_arrow_types()


def write_encodings():
    texts = ["alpha", "alphabet", "alphabetic", "", None, "beta"]
    numbers = [1, 2, 4, None, -9, 1 << 60]
    floats = [0.5, 1.25, None, -1.0, 3.0, 1e300]
    table = pa.table({
        "delta_text": texts, "prefixed_text": texts, "delta_number": pa.array(numbers, pa.int64()),
        "split": pa.array(floats, pa.float64()), "flag": [True, None, True, True, False, True],
    })
    pq.write_table(table, FOLDER / "pyarrow-encodings.parquet", use_dictionary=False, compression="snappy", column_encoding={
        "delta_text": "DELTA_LENGTH_BYTE_ARRAY", "prefixed_text": "DELTA_BYTE_ARRAY",
        "delta_number": "DELTA_BINARY_PACKED", "split": "BYTE_STREAM_SPLIT", "flag": "RLE",
    })
    expect("pyarrow-encodings", {
        "columns": {"delta_text": "text", "prefixed_text": "text", "delta_number": "bigint",
                    "split": "double precision", "flag": "boolean"},
        "rows": [list(row) for row in zip(texts, texts, numbers, floats, table["flag"].to_pylist())],
    })


def write_arrow_types():
    moment = datetime.datetime(2026, 11, 23, 20, 0, 0, 500000, tzinfo=UTC)
    id = uuid.UUID("6f1c0de5-0000-4000-8000-00000000abcd")
    table = pa.table({
        "half": pa.array([1.5, -65504.0, 6.103515625e-05], pa.float16()),
        "uuid": pa.array([id.bytes, None, uuid.UUID(int=1).bytes], pa.uuid()),
        "uint64": pa.array([18446744073709551615, 0, None], pa.uint64()),
        "decimal_76": pa.array([decimal.Decimal("1" * 40 + ".5"), None, decimal.Decimal("-2.5")], pa.decimal256(76, 1)),
        "time_ms": pa.array([datetime.time(1, 2, 3, 4000), None, datetime.time()], pa.time32("ms")),
        "time_ns": pa.array([datetime.time(1, 2, 3, 4), None, datetime.time()], pa.time64("ns")),
        "null": pa.array([None, None, None], pa.null()),
        "json": pa.array(['{"a":1}', None, "[]"], pa.json_()),
        "fixed": pa.array([b"\xff\x00\xff", None, b"abc"], pa.binary(3)),
        "word": pa.array(["x", None, "x"]).dictionary_encode(),
        "map": pa.array([[("k", 1.5)], None, []], pa.map_(pa.string(), pa.float64())),
        "deep": pa.array([[{"a": [{"b": b"\xff"}]}], [], [None]], pa.list_(pa.struct([("a", pa.list_(pa.struct([("b", pa.binary())])))]))),
    })
    pq.write_table(table, FOLDER / "pyarrow-types.parquet")
    expect("pyarrow-types", {
        "columns": {"half": "double precision", "uuid": "text", "uint64": "text", "decimal_76": "text", "time_ms": "text",
                    "time_ns": "text", "null": "text", "json": "jsonb", "fixed": "text", "word": "text", "map": "jsonb",
                    "deep": "jsonb"},
        "rows": [
            [1.5, str(id), "18446744073709551615", "1" * 40 + ".5", "01:02:03.004", "01:02:03.000004", None,
             {"json": '{"a":1}'}, {"hex": "ff00ff"}, "x", {"json": '{"k":1.5}'}, {"json": '[{"a":[{"b":"/w=="}]}]'}],
            [-65504.0, None, "0", None, None, None, None, None, None, None, None, {"json": "[]"}],
            [6.103515625e-05, "00000000-0000-0000-0000-000000000001", None, "-2.5", "00:00:00", "00:00:00", None,
             {"json": "[]"}, "abc", "x", {"json": "{}"}, {"json": "[null]"}],
        ],
    })
    table = pa.table({"at": pa.array([moment, None, datetime.datetime(1969, 7, 20, 20, 17, tzinfo=UTC)], pa.timestamp("ns", "UTC"))})
    pq.write_table(table, FOLDER / "pyarrow-int96.parquet", use_deprecated_int96_timestamps=True)
    expect("pyarrow-int96", {"columns": {"at": "timestamptz"},
                             "rows": [["2026-11-23T20:00:00.5Z"], [None], ["1969-07-20T20:17:00Z"]]})


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*"):
        old.unlink()
    write_duckdb()
    write_pyarrow()
