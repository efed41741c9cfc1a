"""Pages of dead letters: by cause and one by one, with the decisions to send again or to discard."""
