-- Takes back what the up file does, in reverse order.

