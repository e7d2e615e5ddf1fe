"""The page in the browser: it asks what the commands ask, and shows what they find."""
