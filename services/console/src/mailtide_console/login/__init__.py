"""Login with ADMIN_TOKEN, logout, and the choice of the theme."""
