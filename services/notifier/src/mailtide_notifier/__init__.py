"""The notifier: sends notices of incidents and important mail to the channels that operators set up."""
