"""Tells people about incidents and important mail, by the channels and rules that an operator sets up."""
