"""What tests of several folders share: a harness for each package, and stand-ins for its surroundings."""
