"""Notifies people of incidents and important mail, through the channels and by the rules that operators set up."""
