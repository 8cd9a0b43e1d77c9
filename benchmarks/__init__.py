"""What is measured, against which ceiling, in one run, as ratios; never a test that times itself."""
