"""What all pages share: the frame, styles and scripts, rendering, filters, and error pages."""
