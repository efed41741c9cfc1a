"""The outbox: notices, their assembly into deliveries, and sending with retries.

A notice is stored in the transaction of the decision to send it. It is assembled into a delivery, which is sent and
only then marked as sent; if the process dies in between, the delivery is sent again under the same id.
"""
