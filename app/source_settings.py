"""What an operator may set about reading other publishers."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class SourceSettings(BaseSettings):
    """Where other publishers are read, and whether names of officers are taken over."""

    model_config = SettingsConfigDict(extra="ignore")

    police_uk_url: str = Field(
        default="https://data.police.uk/api",
        pattern=r"^https?://[^\s/?#@]+(/[^\s?#]*)?$",
        description="Where data.police.uk, or a mirror of it, is read. Plain http only for a "
        "host that `OUTSIDE_PRIVATE_HOSTS` names.",
    )
    police_uk_names: bool = Field(
        default=False,
        description="Whether the names of officers that data.police.uk shows are kept and "
        "published; without it only their number by rank.",
    )
    ons_url: str = Field(
        default="https://services1.arcgis.com/ESMARspQHYMw9BZ9/arcgis/rest/services",
        pattern=r"^https?://[^\s/?#@]+(/[^\s?#]*)?$",
        description="Where the boundary layers of the Office for National Statistics, or a mirror "
        "of them, are read; plain http as above.",
    )
