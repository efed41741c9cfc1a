"""From decisions to what was sent: notices, their assembly into deliveries, and the delivery with its retries.

A notice's row is written in the transaction that decides it. It is assembled into a delivery, sent, and only then
marked as sent; whoever dies in between, the delivery is sent again under the same id.
"""
