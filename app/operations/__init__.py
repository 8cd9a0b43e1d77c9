"""What the service does, one act per function; the only owner of SQL."""
