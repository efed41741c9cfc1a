"""HTTP to Nylas: connections, retries, memory budget, the limit per grant and the circuit breaker."""
