"""Code that Mailtide's services share: `contracts` (the data they exchange) and `runtime` (how a process runs)."""
