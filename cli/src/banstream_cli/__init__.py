"""The banstream command: the embedded stack and the operator's tools."""
