"""Laws that hold whatever the model is, and a user's own model held against them."""
