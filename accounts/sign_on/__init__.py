"""Single sign-on by OpenID Connect: django-allauth runs the flow, with what it leaves open closed here."""
