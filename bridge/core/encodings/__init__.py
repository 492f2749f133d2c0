"""Between notes and networks: events on a grid, their classes, and the inputs made of them."""
