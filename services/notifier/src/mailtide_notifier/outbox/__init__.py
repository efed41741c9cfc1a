"""The outbox: notices, their assembly into deliveries, and sending with retries.

A notice is stored in the transaction that decides to send it, and later assembled into a delivery. A delivery
is marked as sent after it was sent. If the process dies in between, the delivery is sent again with the same
id.
"""
