//! Addresses of machines and of the plane in their common private network.
//!
//! Derived from the machine's id, so that a machine keeps its address for life and nobody has to hand them out.

use std::net::Ipv6Addr;

use sha2::{Digest as _, Sha256};

/// The prefix that Omni uses for its tunnels.
const PREFIX: [u16; 4] = [0xfdae, 0x41e4, 0x649b, 0x9303];

/// Omni's own address in it.
pub(crate) const OMNI: Ipv6Addr = Ipv6Addr::new(0xfdae, 0x41e4, 0x649b, 0x9303, 0, 0, 0, 1);

/// The address under which a machine is managed.
pub(crate) fn management(machine: &str) -> Ipv6Addr {
    join(PREFIX, words("management", machine))
}

/// The address of a machine in its own network; a new one for every installation.
pub(crate) fn local(machine: &str, installation: u32) -> Ipv6Addr {
    let host = words(&format!("local {installation}"), machine);
    join([0xfd00, 0, 0, 1], host)
}

fn join(network: [u16; 4], host: [u16; 4]) -> Ipv6Addr {
    let mut words = [0; 8];
    words[..4].copy_from_slice(&network);
    words[4..].copy_from_slice(&host);
    Ipv6Addr::from(words)
}

fn words(purpose: &str, machine: &str) -> [u16; 4] {
    let digest = Sha256::digest(format!("{purpose}/{machine}"));
    std::array::from_fn(|word| u16::from_be_bytes([digest[2 * word], digest[2 * word + 1]]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_keeps_its_management_address_and_no_two_share_one() {
        assert_eq!(management("a"), management("a"));
        assert_ne!(management("a"), management("b"));
        assert!(
            management("a")
                .to_string()
                .starts_with("fdae:41e4:649b:9303:")
        );
        assert_ne!(local("a", 0), local("a", 1));
    }
}
