"""The pipeline: each stage's rate, lag and members, and charts of the last hour or day."""
