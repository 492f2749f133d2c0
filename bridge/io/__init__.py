"""The edges: sockets, files and clocks. Bytes and devices only; no rule of the jam lives here."""
