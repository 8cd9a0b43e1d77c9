"""`python -m app grant`: make the role that the service runs as."""

from typing import Annotated

import typer

from app.database import Database
from app.operations.rights import grant_rights
from app.terminal import Exit, carry_out


def grant(
    role: Annotated[str, typer.Option(help="The role that the service signs in as.")],
    password: Annotated[
        str | None,
        typer.Option(envvar="ROLE_PASSWORD", help="Its password, if it is to have one."),
    ] = None,
) -> None:
    """Give a PostgreSQL role what the service needs and no more; run it as the tables' owner."""

    async def act(database: Database) -> Exit:
        is_new = await grant_rights(database, role, password)
        typer.echo(f"{'Made the role' if is_new else 'The role'} {role}: it may run the service.")
        return Exit.DONE

    carry_out(act)
