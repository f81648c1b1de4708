"""Odd files with what has to come out of each: bytes → names, types, cells and note codes, or words of a refusal."""
