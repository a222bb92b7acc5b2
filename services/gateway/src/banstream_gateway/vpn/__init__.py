"""Whether an address is of a VPN, a host of machines or a cloud-gaming service; answered without a network."""
