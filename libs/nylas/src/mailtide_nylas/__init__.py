"""A typed, asynchronous client for the parts of the Nylas v3 API that Mailtide uses."""
