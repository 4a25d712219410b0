"""The playground: prompts to one or two served models, streamed over a websocket."""
