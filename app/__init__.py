"""Ward Priorities: every London ward's team, priorities, polls and events, checkable by anyone."""

__version__ = "0.1.0"
