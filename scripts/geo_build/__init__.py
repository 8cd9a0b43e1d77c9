"""The parts of the build that turns open packages into London's ward geography."""
