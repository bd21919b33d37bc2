"""The command line's entry: every command of `koond`, and how a refusal ends."""

from typing import Any

import typer
from typer.core import TyperGroup

from anonymizers.refusal import Refusal
from pipelines.commands import deliveries, demo, nights, reading, requests, signatures, site_folders


class _Commands(TyperGroup):
    """Refusals end in one line, and nothing else does."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            typer.echo(f"refused: {refusal}", err=True)
            raise typer.Exit(1) from None


app = typer.Typer(
    cls=_Commands,
    help="Turns a site's raw clickstream into audience statistics in which nothing is personal.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

for _command in (
    nights.night,
    nights.week,
    nights.mark,
    nights.catalogue,
    nights.ledger,
    demo.demo,
    demo.ui,
    site_folders.check,
    site_folders.tune,
    site_folders.rehearse,
    site_folders.drill,
    deliveries.deliver,
    reading.read,
    requests.suppress,
    requests.erase,
    requests.rectify,
    requests.unsubscribe,
    requests.disclose,
    signatures.verify,
):
    app.command()(_command)
app.add_typer(signatures.keys, name="keys")


def main() -> None:
    """Entry point."""
    app()


if __name__ == "__main__":
    main()
