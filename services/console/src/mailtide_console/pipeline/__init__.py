"""The page of the pipeline: rate, lag and members of each stage, and charts of the last hour or day."""
