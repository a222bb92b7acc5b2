"""From events to what people read, in their language. Pure."""
