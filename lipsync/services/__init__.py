"""The two services behind one interface, and the transport below them."""
