"""The command that reads many releases as one table, for people and for programs. Thin: `reading.py` reads."""

from pathlib import Path
from typing import Annotated

import typer

from anonymizers.refusal import Reason, Refusal

FORMATS = ("table", "csv", "parquet")


def read(
    table: Annotated[str, typer.Option("--table", metavar="NAME", help="A table of the releases, as segments.")],
    since: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="The first day or week; else the oldest.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="DATE", help="The last day or week; else the newest.")
    ] = None,
    window: Annotated[str, typer.Option("--window", help="day or week: daily or weekly releases.")] = "day",
    published: Annotated[
        str, typer.Option("--published", metavar="DIR|URL", help="The published folder, or its address.")
    ] = "published",
    sum_days: Annotated[bool, typer.Option("--sum", help="Add the days up, with intervals that hold.")] = False,
    confidence: Annotated[float, typer.Option("--confidence", help="Of the intervals of --sum, 0.5 to 0.9999.")] = 0.95,
    key: Annotated[
        str | None, typer.Option("--key", metavar="FILE|KEY", help="The site's public key; all must be signed by it.")
    ] = None,
    form: Annotated[str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")] = "table",
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write there; else print here.")
    ] = None,
) -> None:
    """Read one table of many releases as one; needs nothing but the published folder."""
    from anonymizers.releasing.containers import csv_text, parquet_bytes
    from pipelines.commands.signatures import given_key
    from pipelines.reading import DAYS, read_published

    if form not in FORMATS or (form == "parquet" and output is None):
        typer.echo(f"--format is one of {', '.join(FORMATS)}; parquet needs --output", err=True)
        raise typer.Exit(2)
    reading = read_published(
        table, since, until,
        window=window, published=published, sum_over=DAYS if sum_days else None, confidence=confidence, key=given_key(key),
    )  # fmt: skip
    for sentence in reading.told:
        typer.echo(sentence, err=True)
    if form == "table":
        frame = reading.rows.to_pandas(integer_object_nulls=True)  # else whole numbers get a point where one is empty
        content = (frame.where(frame.notna(), "").to_string(index=False) + "\n").encode()
    else:
        content = csv_text(reading.rows) if form == "csv" else parquet_bytes(reading.rows)
    if output is not None:
        try:
            output.write_bytes(content)
        except OSError as error:
            raise Refusal(
                "read",
                Reason.REQUEST,
                f"{output} cannot be written ({error.strerror}); choose a file in a folder that is there",
            ) from None
        typer.echo(f"{output}: {reading.rows.num_rows} rows", err=True)
    else:
        typer.echo(content, nl=False)
