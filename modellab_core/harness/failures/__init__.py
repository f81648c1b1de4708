"""The rows worth looking at, and the evidence of why they went wrong."""
