"""Request and response bodies of the services' HTTP APIs, shared by their routes and their clients."""
