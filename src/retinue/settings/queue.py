"""The section `[queue]`: what carries deliveries to the workers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from retinue.settings.base import Section

__all__ = ["QueueSettings"]


class QueueSettings(Section):
    """By default workers take deliveries from the outbox itself; a broker spares many workers the asking."""

    kind: Literal["embedded", "rabbitmq"] = Field(
        "embedded", description="rabbitmq: the names of due deliveries go through a broker; extra `rabbitmq`"
    )
    url: str = Field(
        "",
        repr=False,
        description="where the broker is, such as ${RABBITMQ_URL}; through TLS amqps://…?cafile=CA; needed "
        "for rabbitmq",
    )
    name: str = Field("retinue.deliveries", min_length=1, description="the queue, durable")
    announce_seconds: float = Field(1.0, gt=0, le=60, description="how often due deliveries are looked for")
    again_seconds: float = Field(
        30.0, gt=0, description="a delivery that nobody took for so long is announced again"
    )

    @model_validator(mode="after")
    def _somewhere(self) -> QueueSettings:
        if self.kind == "rabbitmq" and not self.url:
            raise ValueError('kind = "rabbitmq" needs url = "amqp://…"')
        return self
