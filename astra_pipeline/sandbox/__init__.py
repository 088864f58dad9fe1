"""The embedded stack: a real MongoDB, and stand-ins for the ElevenLabs and Julep HTTP APIs."""
