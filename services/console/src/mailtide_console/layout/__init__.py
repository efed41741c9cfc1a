"""What every page shares: the frame, its styles and scripts, rendering, words, and error pages."""
