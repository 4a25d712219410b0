"""Money: device hours times their price. Prices are the user's; none is built in."""

from __future__ import annotations


def run_cost(seconds: float, num_devices: int, price_per_device_hour: float) -> float:
    """In the currency of the price."""
    return seconds / 3600 * num_devices * price_per_device_hour
