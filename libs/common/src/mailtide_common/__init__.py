"""What Mailtide's services share: `contracts` (what they say to each other) and `runtime` (how they run)."""
