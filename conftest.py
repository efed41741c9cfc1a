"""What property tests have in common, whatever package they are of."""

from hypothesis import HealthCheck, settings

# a busy machine is no fault of the code; fixtures are made once for all examples, and tests count on that
settings.register_profile(
    "mailtide",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("mailtide")
