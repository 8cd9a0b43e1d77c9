"""What is measured, against which ceiling, in one run, as ratios."""
