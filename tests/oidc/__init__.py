"""Staff and partner tokens from a real OpenID provider, in a process of its own."""
