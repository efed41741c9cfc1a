"""The HTTP API: routes, authentication, problem details, and the queries that only routes need."""
