-- Channels with a notice of an incident's opening. $1: incident. Index: notices_about_idx. Reads only.
SELECT channel_id FROM notices WHERE about = $1::uuid AND event = 'opened' AND state <> 'suppressed'
