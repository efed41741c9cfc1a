"""Rules for texts, and the reasons why data is refused."""
