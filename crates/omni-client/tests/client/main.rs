//! The client against a small honest server in this process, and against recordings.

mod caching;
mod deleting;
mod faults;
mod keys;
mod lost_answers;
mod managing;
mod media;
mod server;
mod signing;
mod state;
mod transport;
mod watching;
