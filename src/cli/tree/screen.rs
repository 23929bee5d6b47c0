//! A terminal on which a picture is drawn again and again.
//!
//! Contract: whatever happens, the terminal is left as it was found. Where the picture is higher than the terminal, its head is shown
//! and the number of lines that are not.

use std::io::{self, Write as _};

/// Another screen, and lines that are cut instead of folded.
const ENTER: &str = "\x1b[?1049h\x1b[?25l\x1b[?7l";
const LEAVE: &str = "\x1b[?7h\x1b[?25h\x1b[?1049l";

/// The screen while it is ours.
#[derive(Debug)]
pub(super) struct Screen {
    shown: String,
    ours: bool,
}

// === impl Screen ===

impl Screen {
    /// Takes the terminal.
    pub(super) fn open() -> io::Result<Self> {
        write(ENTER)?;
        Ok(Self {
            shown: String::new(),
            ours: true,
        })
    }

    /// Draws the picture over the last one, if it is another.
    pub(super) fn draw(&mut self, picture: &str) -> io::Result<()> {
        let frame = frame(picture, height());
        if frame != self.shown {
            write(&frame)?;
            self.shown = frame;
        }
        Ok(())
    }

    /// Gives the terminal back.
    pub(super) fn close(mut self) -> io::Result<()> {
        self.ours = false;
        write(LEAVE)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if self.ours {
            // An error is on its way already, and a terminal that is gone needs nothing.
            let _ = write(LEAVE);
        }
    }
}

fn write(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// The picture as one write: each line replaces what was there, the rest is cleared.
fn frame(picture: &str, height: usize) -> String {
    let lines: Vec<_> = picture.lines().collect();
    let room = height.saturating_sub(2).max(1);
    let (shown, more) = if lines.len() > room {
        (room - 1, lines.len() - (room - 1))
    } else {
        (lines.len(), 0)
    };
    let mut frame = String::from("\x1b[H");
    for line in &lines[..shown] {
        frame.push_str(&format!("{line}\x1b[K\r\n"));
    }
    if more > 0 {
        frame.push_str(&format!("  and {more} more lines\x1b[K\r\n"));
    }
    frame.push_str("\x1b[2mends when everything is ready, or with Ctrl-C\x1b[0m\x1b[K\x1b[J");
    frame
}

/// Lines of the terminal.
#[cfg(unix)]
fn height() -> usize {
    rustix::termios::tcgetwinsize(io::stdout()).map_or(24, |size| usize::from(size.ws_row).max(4))
}

/// Lines of the terminal.
#[cfg(not(unix))]
const fn height() -> usize {
    24
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_that_is_too_high_says_how_much_is_missing() {
        let picture = "1\n2\n3\n4\n5\n";
        let high = frame(picture, 10);
        assert!(high.contains("5\x1b[K") && !high.contains("more lines"));
        let low = frame(picture, 5);
        assert!(
            low.contains("2\x1b[K") && !low.contains("3\x1b[K"),
            "{low:?}"
        );
        assert!(low.contains("and 3 more lines"));
    }
}
