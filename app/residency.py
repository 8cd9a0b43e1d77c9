"""What the service keeps ready for residents: sign-ins, sessions, proofs, and their chores."""

from fastapi import FastAPI

from app.chores import Chore
from app.dependencies import read_clock
from app.keyring import Keyring
from app.operations import mails
from app.operations.quotas import Quotas
from app.operations.residence import ResidenceDesk
from app.operations.residents import Caps
from app.operations.retention import REST_S, forget_what_is_over
from app.operations.sessions import SessionBook
from app.operations.sign_ins import SignInDesk
from app.proofs import ProofReader
from app.settings import Settings
from app.sources.mail import open_post

MAILS_EVERY_S = 1.0
RESIDENTS_PER_NETWORK, WHEN_TRYING = 100, 100_000
"""Who may state a home from one network in a day; evaluation is not to get in the way of tests."""


def open_residency(app: FastAPI) -> None:
    """Put what residents need into the application's state, beside its database and keys."""
    state, settings = app.state, app.state.settings
    state.sessions = SessionBook(state.database)
    state.sign_ins = _sign_in_desk(settings, state.keyring, state.quotas)
    state.residence = ResidenceDesk(state.keyring, state.quotas, _open_proofs(settings))
    state.caps = _caps(settings)


def _sign_in_desk(settings: Settings, keyring: Keyring, quotas: Quotas) -> SignInDesk:
    listed = settings.disposable_domains_file
    domains = listed.read_text(encoding="utf-8").lower().split() if listed is not None else []
    return SignInDesk(
        keyring,
        page=f"{settings.base_url}/sign-in",
        quotas=quotas,
        disposable=frozenset(domains),
        has_post=settings.evaluation or settings.smtp_url is not None,
    )


def _open_proofs(settings: Settings) -> ProofReader | None:
    issuer, keys = settings.residence_issuer, settings.residence_jwks_file
    if issuer is None or keys is None:
        return None
    return ProofReader(issuer, audience=settings.residence_audience, keys=keys)


def _caps(settings: Settings) -> Caps:
    usual = WHEN_TRYING if settings.evaluation else RESIDENTS_PER_NETWORK
    return Caps(settings.residents_per_network or usual, settings.residents_per_postcode)


def residency_chores(app: FastAPI) -> list[Chore]:
    """Return what this process does for residents: sending their mail, forgetting what is over."""
    settings: Settings = app.state.settings

    async def forget() -> None:
        now = await read_clock()
        await forget_what_is_over(app.state.database, app.state.keyring, now=now)

    chores = [Chore("forget what is over", REST_S, forget)]
    if settings.smtp_url is not None:
        send = open_post(settings.smtp_url.get_secret_value(), settings.mail_from)

        async def send_mails() -> None:
            now = await read_clock()
            await mails.send_due(app.state.database, app.state.keyring, send, now=now)

        chores.append(Chore("send mails", MAILS_EVERY_S, send_mails))
    return chores
