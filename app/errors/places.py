"""Refusals about places and boundaries."""

from app.errors.requests import ConflictError, InvalidRequestError, ServiceError


class OutsideCoverageError(ServiceError):
    """The place lies outside London's wards."""

    code = "outside_coverage"
    title = "Outside London"


class PostcodeNotFoundError(ServiceError):
    """The postcode is not a live London postcode in the loaded table."""

    code = "postcode_not_found"
    title = "Postcode not found"


class BoundariesUnknownError(ServiceError):
    """No boundary edition is loaded for the day asked about."""

    code = "boundaries_unknown"
    title = "No boundaries for that day"


class BoundaryFileError(InvalidRequestError):
    """A file of wards that cannot be read, or must not be."""

    code = "boundary_file_refused"
    title = "Boundary file refused"


class EditionRefusedError(ConflictError):
    """A boundary edition that fails its checks or does not fit in time."""

    code = "edition_refused"
    title = "Boundary edition refused"


class WardNotInForceError(ConflictError):
    """The ward does not exist on that day; nothing new starts in a closed one."""

    code = "ward_not_in_force"
    title = "Ward no longer in force"


class NotPolicedByMetError(ConflictError):
    """The place is policed by another force, which has its own teams and priorities."""

    code = "not_policed_by_met"
    title = "Not policed by the Met"


class WardOutsideBoroughError(InvalidRequestError):
    """The ward named does not lie in the borough named."""

    code = "ward_outside_borough"
    title = "Ward and borough do not fit"
