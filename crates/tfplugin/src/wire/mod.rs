//! From the start of the process to answered calls, and to its end.
