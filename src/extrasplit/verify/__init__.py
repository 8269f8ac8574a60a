"""Runs it: every variant installed, built and started; the only stage that runs the project."""
