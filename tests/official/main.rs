//! What a configuration for the official provider may count on here.

mod contract;
