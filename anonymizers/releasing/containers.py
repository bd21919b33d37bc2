"""Tables as bytes and back. Nothing in the bytes comes from the data but the numbers with noise (LEAKS 11 and 12)."""

import csv
import gzip
import io

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq


def parquet_bytes(rows: pa.Table) -> bytes:
    """Parquet with plain, uncompressed strings: no dictionary that could keep a suppressed word, no statistics, no
    Arrow or pandas metadata; so that what a search of the bytes sees is all that there is."""
    sink = io.BytesIO()
    pq.write_table(
        rows.replace_schema_metadata(None),
        sink,
        compression="none",
        use_dictionary=False,
        write_statistics=False,
        store_schema=False,
        write_page_index=False,
        version="2.6",
        data_page_version="1.0",
        row_group_size=1_000_000,
    )
    return sink.getvalue()


def csv_bytes(rows: pa.Table) -> bytes:
    """CSV as RFC 4180 with a header, gzip with neither name nor time."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(rows.column_names)
    writer.writerows(row.values() for row in rows.to_pylist())
    return gzip.compress(text.getvalue().encode(), compresslevel=9, mtime=0)


def read_parquet(content: bytes) -> pa.Table:
    """The table in `parquet_bytes`."""
    return pq.read_table(pa.BufferReader(content))


def read_csv(content: bytes, schema: pa.Schema) -> pa.Table:
    """The table in `csv_bytes`, with the types of `schema`."""
    options = pa_csv.ConvertOptions(
        column_types={field.name: field.type for field in schema}, strings_can_be_null=False
    )
    return pa_csv.read_csv(io.BytesIO(gzip.decompress(content)), convert_options=options)
