//! The handshake line, read as strictly as a core reads it.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rustls::pki_types::CertificateDer;

use super::error::PluginError;
use crate::wire::listener::Address;

/// What a provider says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandshakeLine {
    /// The major version of the provider protocol that it chose.
    pub protocol_version: u32,
    /// Where it listens.
    pub address: Address,
    /// Its certificate; none means that the connection is not encrypted.
    pub certificate: Option<CertificateDer<'static>>,
    /// The answer to a core that asks for multiplexed connections.
    pub multiplexing: Option<bool>,
}

impl HandshakeLine {
    /// Reads a line, with or without its end.
    ///
    /// # Errors
    /// [`PluginError::BadLine`] where a core would refuse it.
    pub fn parse(line: &str) -> Result<Self, PluginError> {
        Self::read(line.trim()).map_err(|reason| PluginError::BadLine {
            reason,
            line: line.to_owned(),
        })
    }

    fn read(line: &str) -> Result<Self, &'static str> {
        let parts: Vec<&str> = line.split('|').collect();
        let &[
            core,
            protocol,
            network,
            address,
            kind,
            certificate,
            ref rest @ ..,
        ] = parts.as_slice()
        else {
            return Err("it has too few fields");
        };
        if core != "1" {
            return Err("its own version is not 1");
        }
        if kind != "grpc" {
            return Err("the protocol is not gRPC");
        }
        Ok(Self {
            protocol_version: protocol.parse().map_err(|_| "the version is no number")?,
            address: read_address(network, address)?,
            certificate: read_certificate(certificate)?,
            multiplexing: read_multiplexing(rest)?,
        })
    }
}

fn read_address(network: &str, address: &str) -> Result<Address, &'static str> {
    match network {
        "unix" => Ok(Address::Unix(PathBuf::from(address))),
        "tcp" => address
            .parse()
            .map(Address::Tcp)
            .map_err(|_| "the address is not an address and port"),
        _ => Err("the kind of address is unknown"),
    }
}

fn read_certificate(text: &str) -> Result<Option<CertificateDer<'static>>, &'static str> {
    if text.is_empty() {
        return Ok(None);
    }
    let der = STANDARD_NO_PAD
        .decode(text)
        .map_err(|_| "the certificate is not base64 without padding")?;
    Ok(Some(der.into()))
}

fn read_multiplexing(rest: &[&str]) -> Result<Option<bool>, &'static str> {
    match rest {
        [] => Ok(None),
        ["true"] => Ok(Some(true)),
        ["false"] => Ok(Some(false)),
        _ => Err("there are more fields than a core knows"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_an_older_core_has_six_fields() {
        let line = HandshakeLine::parse("1|6|unix|/tmp/s|grpc|AQID\n").unwrap();
        assert_eq!(line.protocol_version, 6);
        assert_eq!(line.address, Address::Unix("/tmp/s".into()));
        assert_eq!(line.certificate.unwrap().as_ref(), [1, 2, 3]);
        assert_eq!(line.multiplexing, None);
    }

    #[test]
    fn what_a_core_would_refuse_is_refused() {
        for line in [
            "1|6|unix",
            "2|6|unix|/s|grpc|",
            "1|x|unix|/s|grpc|",
            "1|6|pipe|/s|grpc|",
            "1|6|unix|/s|netrpc|",
            "1|6|unix|/s|grpc|AQI=",
            "1|6|tcp|localhost|grpc|",
        ] {
            assert!(HandshakeLine::parse(line).is_err(), "{line}");
        }
    }
}
