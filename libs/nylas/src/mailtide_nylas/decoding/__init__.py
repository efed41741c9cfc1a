"""From bytes that Nylas sent to objects: decompression, JSON, and the checks an answer must pass. Pure."""
