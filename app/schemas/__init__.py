"""The shapes that cross the wire."""
