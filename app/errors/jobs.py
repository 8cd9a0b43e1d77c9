"""Refusals about jobs."""

from app.errors.requests import ConflictError


class JobEndedError(ConflictError):
    """The job has ended; there is nothing left to cancel."""

    code = "job_ended"
    title = "Job has ended"


class JobGivenUpError(ConflictError):
    """Worker after worker was lost over the job without getting anything done."""

    code = "job_given_up"
    title = "Job given up"
