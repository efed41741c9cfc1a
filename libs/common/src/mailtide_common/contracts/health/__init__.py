"""What is wrong with an account or the installation, why, and what cures it. Pure."""
