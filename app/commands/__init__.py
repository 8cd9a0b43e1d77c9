"""Groups of the operator's commands, one concern a file; `app.cli` joins them."""
