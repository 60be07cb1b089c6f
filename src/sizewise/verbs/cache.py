"""``sizewise cache``: what is kept in the store, how much of it, and whether it is right."""

from __future__ import annotations

from typing import Annotated

import typer

from sizewise.verbs.sizes import bytes_of

app = typer.Typer(no_args_is_help=True, help="Look after the store of results.")

StoreOption = Annotated[
    str | None,
    typer.Option("--store", metavar="PLACE", help="Which store. \\[default: the user's own]"),
]


@app.command()
def ls(store: StoreOption = None) -> None:
    """Say how many results of each kind are kept, and how large they are."""
    from sizewise.store import open_store
    from sizewise.units import format_bytes

    opened = open_store(store)
    kinds: dict[str, list[int]] = {}
    for item in opened.items():
        kinds.setdefault(item.kind, []).append(item.size_bytes)
    for kind, sizes in sorted(kinds.items()):
        typer.echo(f"{kind:<12} {len(sizes):>6}  {format_bytes(sum(sizes))}")
    total = [size for sizes in kinds.values() for size in sizes]
    typer.echo(f"{'all':<12} {len(total):>6}  {format_bytes(sum(total))}  {opened.location}")


@app.command()
def prune(
    store: StoreOption = None,
    size: Annotated[
        str | None,
        typer.Option(metavar="SIZE", help="What may stay, as 2 GB, or 0. \\[default: the limit]"),
    ] = None,
) -> None:
    """Remove what was used longest ago until no more than a size is left."""
    from sizewise.store import limit_bytes, open_store
    from sizewise.units import format_bytes

    limit = bytes_of(size, "--size")
    removed = open_store(store).prune(limit_bytes() if limit is None else limit)
    freed = format_bytes(sum(item.size_bytes for item in removed))
    typer.echo(f"removed {len(removed)} results, {freed}")


@app.command()
def verify(store: StoreOption = None) -> None:
    """Read everything, and remove what is not as it was written."""
    from sizewise.store import open_store

    right, wrong = open_store(store).verify()
    for key in wrong:
        typer.echo(f"removed {key}: damaged")
    typer.echo(f"{right} results are as they were written")
    if wrong:
        raise typer.Exit(3)
