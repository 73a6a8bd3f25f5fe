"""Second factors, kept by django-allauth: one-time codes (RFC 6238), recovery codes, security keys (WebAuthn)."""
