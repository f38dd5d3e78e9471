"""Benchmarks: every figure next to that of a plain-SDK script doing the same, in the same run."""
