"""The JSON API below /hub/api/allotment/: who asks, what they sent, what is answered; no rules."""
