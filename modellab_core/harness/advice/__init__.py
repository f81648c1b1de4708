"""What the model uses, and what to do next, tried before it is said."""
