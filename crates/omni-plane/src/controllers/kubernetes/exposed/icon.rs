//! The icon of an exposed service: a drawing (SVG) as base64, gzipped or not.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use quick_xml::Reader;
use quick_xml::events::Event;

/// The most that a gzipped icon may unpack to.
const BYTES: u64 = 1024 * 1024;

/// The icon unpacked, as base64; none where it is no XML.
pub(super) fn read(text: &str) -> Option<String> {
    let packed = STANDARD.decode(text).ok()?;
    let mut plain = Vec::new();
    let gzip = flate2::read::GzDecoder::new(&*packed).take(BYTES);
    let unpacked = { gzip }.read_to_end(&mut plain).is_ok();
    let drawing = if unpacked { plain } else { packed };
    is_xml(&drawing).then(|| STANDARD.encode(drawing))
}

fn is_xml(text: &[u8]) -> bool {
    let mut reader = Reader::from_reader(text);
    let (mut buffer, mut depth) = (Vec::new(), 0_u32);
    loop {
        match reader.read_event_into(&mut buffer) {
            Ok(Event::Eof) => return depth == 0,
            Ok(Event::Start(_)) => depth += 1,
            Ok(Event::End(_)) => depth = depth.saturating_sub(1),
            Ok(_) => {}
            Err(_) => return false,
        }
        buffer.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn drawings_are_taken_packed_or_not_and_other_things_are_not() {
        let drawing = b"<svg><path d=\"M0 0\"/></svg>";
        let plain = STANDARD.encode(drawing);
        assert_eq!(read(&plain).as_deref(), Some(plain.as_str()));
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(drawing).expect("packed");
        let smaller = STANDARD.encode(packer.finish().expect("packed"));
        assert_eq!(read(&smaller), Some(plain));
        for wrong in [
            "no base64",
            &STANDARD.encode("<svg>"),
            &STANDARD.encode("<a></b>"),
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
