"""What a signed token proves, who may have one, and what it covers. joserfc does the cryptography; what is asked of it is said here."""
