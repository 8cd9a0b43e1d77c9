"""What the service says of itself."""

from app.schemas.base import Out


class HealthOut(Out):
    """The process is alive."""

    status: str


class ReadinessOut(Out):
    """Whether the service can do its work, check by check."""

    ready: bool
    checks: dict[str, bool]


class VersionOut(Out):
    """Which release runs on which data."""

    version: str
    schema_version: str | None
    boundary_edition: str | None


class ProblemKindOut(Out):
    """What one kind of problem means."""

    code: str
    title: str
    status: int
    meaning: str
