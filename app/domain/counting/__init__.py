"""The counting rules: exact, explained, and the same answer every time."""
