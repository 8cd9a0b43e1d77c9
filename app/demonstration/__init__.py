"""Demonstration data: fictional, from a fixed seed, built through the operations."""
