"""The operators' log: changes through the APIs of scheduler and notifier, each recorded before it is made."""
