"""Services we call. The one room that knows httpx."""
