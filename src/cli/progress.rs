//! How far something is that takes long: a bar on standard error, on a terminal only.

use std::cell::Cell;
use std::io::{IsTerminal, Write};

/// Steps of the bar.
const WIDTH: usize = 40;

/// The bar; its line is cleared when it is dropped.
pub struct Bar {
    is_shown: bool,
    percent: Cell<Option<u8>>,
}

impl Bar {
    /// A bar, if somebody looks.
    pub fn new(is_wanted: bool) -> Bar {
        Bar {
            is_shown: is_wanted && std::io::stderr().is_terminal(),
            percent: Cell::new(None),
        }
    }

    /// Whether somebody looks.
    pub fn is_shown(&self) -> bool {
        self.is_shown
    }

    /// Takes the bar away for a line of text; it comes back when it is set again.
    pub fn clear(&self) {
        if self.percent.take().is_some() && self.is_shown {
            write("\r\x1b[K");
        }
    }

    /// So much is done, of 1.
    pub fn set(&self, share: f64) {
        let percent = (share.clamp(0.0, 1.0) * 100.0) as u8;
        if self.is_shown && self.percent.replace(Some(percent)) != Some(percent) {
            write(&format!("\r{}", line(percent)));
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.clear();
    }
}

/// A terminal that is gone does not end the work.
fn write(text: &str) {
    let mut out = std::io::stderr().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

fn line(percent: u8) -> String {
    let done = usize::from(percent) * WIDTH / 100;
    format!("[{}{}] {percent:3} %", "#".repeat(done), " ".repeat(WIDTH - done))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_always_as_long() {
        assert!((0..=100).all(|percent| line(percent).len() == line(0).len()));
        assert!(line(50).starts_with("[####################    ") && line(100).ends_with("#] 100 %"));
    }
}
