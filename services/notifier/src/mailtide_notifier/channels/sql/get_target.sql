-- How a channel is reached, encrypted. $1: channel. Index: notice_channels_pkey. Reads only.
SELECT kind, url_ciphertext, secret_ciphertext FROM notice_channels WHERE id = $1::uuid
