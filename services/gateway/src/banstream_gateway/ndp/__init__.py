"""NDP's protocol: what the Minecraft plugins of the No Danger Player project speak (docs/ndp.md)."""
