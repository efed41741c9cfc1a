"""The OpenAPI documents of the services' APIs in Swagger UI, for operators who are logged in."""
