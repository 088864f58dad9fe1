"""Stand-ins for outside services: a MongoDB server, the HTTP APIs of ElevenLabs and Julep, and demo people."""
