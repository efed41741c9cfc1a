"""Where notices go: channels, their quiet hours and silences, and how each kind is reached."""
