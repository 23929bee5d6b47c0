//! Writes the seeds of every door into folders for a fuzzer: `seeds <folder>`.

use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = env::args().nth(1).map(PathBuf::from);
    let folder = folder.ok_or_else(|| io::Error::other("usage: seeds <folder>"))?;
    for door in bad_input::DOORS {
        let here = folder.join(door.name);
        fs::create_dir_all(&here)?;
        for (number, seed) in bad_input::seeds::of(door.name).iter().enumerate() {
            fs::write(here.join(format!("seed-{number:03}")), seed)?;
        }
    }
    Ok(())
}
