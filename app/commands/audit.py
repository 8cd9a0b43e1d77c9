"""`python -m app audit …`: look after the audit chain."""

import base64
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from app.database import Database
from app.errors import KeysMissingError
from app.keyring import Keyring
from app.operations.audit_heads import read_heads
from app.operations.audit_verification import IsSigned, Verdict, verify_chain
from app.settings import IdentitySettings, LogSettings
from app.signing import is_signed
from app.terminal import Exit, carry_out, screen

SHOWN = 20

app = typer.Typer(name="audit", help="Look after the audit chain.", no_args_is_help=True)


@app.callback()
def about() -> None:
    """Look after the audit chain."""


@app.command()
def verify(
    heads: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Heads kept outside, one to a line."),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(help="The log key as `GET /v1/log-key` gives it; else from the key store."),
    ] = None,
) -> None:
    """Check that no audit entry was changed, removed, put in or moved; code 1 on any damage."""
    kept = []
    if heads is not None:
        try:
            kept = read_heads(heads)
        except ValueError as cause:
            raise typer.BadParameter(f"{heads.name} is no file of audit heads.") from cause

    async def act(database: Database) -> Exit:
        signed = _signature_check(key)
        async with database.reading() as session:
            verdict = await verify_chain(session, signed, kept)
        _tell(verdict)
        return Exit.REFUSED if verdict.damage else Exit.DONE

    carry_out(act)


def _signature_check(key: str | None) -> IsSigned:
    """Return what knows the log key's signatures, by the key given or that of the key store."""
    if key is None:
        keyring = Keyring(IdentitySettings().key_store, log_name=LogSettings().log_name)
        if not keyring.has_log_key():
            raise KeysMissingError(
                "The key store has no log key; name the key with --key, or set KEY_STORE."
            )
        return keyring.log_signer.has_signed
    try:
        name, _, packed = key.split("+", 2)  # neither name nor id has one, the key may
        public = base64.b64decode(packed, validate=True)[1:]
    except ValueError as cause:
        raise typer.BadParameter("This is no verifier key: it reads NAME+ID+KEY.") from cause
    return partial(is_signed, name=name, public_key=public)


def _tell(verdict: Verdict) -> None:
    for sentence in verdict.damage[:SHOWN]:
        screen.print(sentence, style="red", markup=False, highlight=False)
    if len(verdict.damage) > SHOWN:
        screen.print(f"… and {len(verdict.damage) - SHOWN:,} more.", highlight=False)
    if verdict.damage:
        typer.echo("The audit chain is DAMAGED. Keep the database as it is; find out who did it.")
        return
    typer.echo(f"The audit chain is whole: {verdict.entries:,} entries.")
    if verdict.covered < verdict.entries:
        typer.echo(
            f"Signed heads cover the first {verdict.covered:,}. What comes after them could have "
            "been cut off or rewritten without a trace until the next head."
        )
