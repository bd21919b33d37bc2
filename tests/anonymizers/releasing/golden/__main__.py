"""Writes the golden bytes anew. Only for a layout that was meant to change."""

from anonymizers.releasing.containers import csv_text
from anonymizers.releasing.parquet import parquet_bytes
from tests.anonymizers.releasing.golden import CSV, PARQUET, TABLE, dumped

PARQUET.write_text(dumped(parquet_bytes(TABLE)))
CSV.write_text(dumped(csv_text(TABLE)))
