"""HTTP to Nylas: connections, retries, memory, the limit per grant and the circuit breaker."""
