"""The run over conversations: conversations go through all stages one by one, and a live run stays for more."""
