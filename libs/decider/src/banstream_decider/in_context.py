"""What handlers find in the context, without a worker thread."""

from typing import Any

from fast_depends.library import CustomField


class InContext(CustomField):
    """`Context(name)` of FastStream, which looks it up in a worker thread, once for each message.

    Two switches of threads cost more than most queries do (docs/performance/bans.md); looking up waits for nothing.
    """

    def __init__(self, name: str) -> None:
        super().__init__(cast=False, required=True)
        self._name = name

    async def use(  # type: ignore[override] # what can be awaited stays in the thread of the loop
        self,
        /,
        **kwargs: Any,  # noqa: ANN401 - as FastStream gives them
    ) -> dict[str, Any]:
        """Add it to the arguments of a handler. Raises KeyError."""
        return {**kwargs, str(self.param_name): kwargs["context__"].resolve(self._name)}
