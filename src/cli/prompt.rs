//! Questions to the administrator.
//!
//! On a terminal a password is not shown; what was changed on the terminal is put back whatever
//! happens. Without one, answers are read from standard input line by line, and nothing is assumed:
//! the end of the input is no answer. Prompts come before any lock: whoever thinks about an answer
//! must not keep others out.

use std::io::{IsTerminal, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::Errno;
use rustix::termios::{LocalModes, OptionalActions, Termios};

use super::interrupt::Interrupt;
use crate::error::{Error, Result};

/// The longest line that is taken, in bytes.
const LONGEST: usize = 64 * 1024;

/// Where questions go and answers come from.
pub struct Prompt {
    input: OwnedFd,
    output: Box<dyn Write>,
    buffer: Vec<u8>,
    /// Whether somebody sits there: then the answer's line end is on the screen already.
    terminal: bool,
    interrupt: Interrupt,
}

impl Prompt {
    /// For standard input and output. Somebody who sits at a terminal and sends the output elsewhere
    /// is asked on standard error, so that the questions are seen and the output is clean.
    ///
    /// # Errors
    /// What the system says.
    pub fn new() -> Result<Prompt> {
        let terminal = std::io::stdin().is_terminal();
        let output: Box<dyn Write> = if terminal && !std::io::stdout().is_terminal() {
            Box::new(std::io::stderr())
        } else {
            Box::new(std::io::stdout())
        };
        let input = std::io::stdin().as_fd().try_clone_to_owned().map_err(|e| unread(&e))?;
        Prompt::on(input, output, terminal)
    }

    fn on(input: OwnedFd, output: Box<dyn Write>, terminal: bool) -> Result<Prompt> {
        Ok(Prompt {
            input,
            output,
            buffer: Vec::new(),
            terminal,
            interrupt: Interrupt::catch()?,
        })
    }

    /// Asks until there is an answer. `label` ends with `: `.
    ///
    /// # Errors
    /// Aborted, at the end of the input and at ^C.
    pub fn ask(&mut self, label: &str) -> Result<String> {
        loop {
            self.show(label)?;
            let answer = self.answer()?;
            if !answer.is_empty() {
                return Ok(answer);
            }
        }
    }

    /// Asks for a new password, twice, until both are the same.
    ///
    /// # Errors
    /// As [`Prompt::ask`].
    pub fn ask_new_password(&mut self) -> Result<String> {
        loop {
            let password = self.ask_hidden("Password: ")?;
            if self.ask_hidden("Repeat for confirmation: ")? == password {
                return Ok(password);
            }
            self.show("Error: The two entered values do not match.\n")?;
        }
    }

    /// Asks for yes or no; an empty answer is no.
    ///
    /// # Errors
    /// As [`Prompt::ask`].
    pub fn confirm(&mut self, question: &str) -> Result<bool> {
        loop {
            self.show(&format!("{question} [y/N]: "))?;
            match self.answer()?.trim().to_ascii_lowercase().as_str() {
                "y" | "yes" => return Ok(true),
                "" | "n" | "no" => return Ok(false),
                _ => self.show("Error: Please answer y or n.\n")?,
            }
        }
    }

    /// One line of the input, without asking for it.
    ///
    /// # Errors
    /// As [`Prompt::ask`].
    pub fn read_line(&mut self) -> Result<String> {
        loop {
            if let Some(end) = self.buffer.iter().position(|&b| b == b'\n') {
                let mut line: Vec<u8> = self.buffer.drain(..=end).collect();
                line.pop();
                return answer_of(line);
            }
            if self.buffer.len() > LONGEST {
                return Err(Error::Invalid(format!("the answer is longer than {LONGEST} bytes")));
            }
            let waited = self.interrupt.wait_for(self.input.as_fd());
            if !waited.map_err(|e| unread(&e))? {
                return Err(aborted());
            }
            let mut bytes = [0; 4096];
            match rustix::io::read(&self.input, &mut bytes) {
                // EIO is what a terminal says that was hung up.
                Ok(0) | Err(Errno::IO) if self.buffer.is_empty() => return Err(aborted()),
                Ok(0) => return answer_of(std::mem::take(&mut self.buffer)),
                Ok(n) => self.buffer.extend_from_slice(&bytes[..n]),
                Err(Errno::INTR) => {}
                Err(e) => return Err(unread(&e)),
            }
        }
    }

    fn ask_hidden(&mut self, label: &str) -> Result<String> {
        let input = self.input.try_clone().map_err(|e| unread(&e))?;
        // Before the label is shown: whoever answers at once is not shown either.
        let _hidden = self.terminal.then(|| Hidden::new(input.as_fd())).transpose()?;
        loop {
            self.show(label)?;
            let answer = self.read_line();
            self.show("\n")?;
            let answer = answer?;
            if !answer.is_empty() {
                return Ok(answer);
            }
        }
    }

    /// An answer that a terminal shows. Elsewhere, and when it was broken off, the line is ended here.
    fn answer(&mut self) -> Result<String> {
        let answer = self.read_line();
        if !self.terminal || answer.is_err() {
            self.show("\n")?;
        }
        answer
    }

    fn show(&mut self, text: &str) -> Result<()> {
        let shown = self
            .output
            .write_all(text.as_bytes())
            .and_then(|()| self.output.flush());
        shown.map_err(|e| Error::Failed(format!("cannot ask a question on standard output: {e}")))
    }
}

/// A terminal that does not show what is typed, for as long as this lives.
struct Hidden<'a> {
    terminal: BorrowedFd<'a>,
    before: Termios,
}

impl<'a> Hidden<'a> {
    fn new(terminal: BorrowedFd<'a>) -> Result<Hidden<'a>> {
        let failed = |e: Errno| Error::Failed(format!("cannot stop the terminal from showing a password: {e}"));
        let before = rustix::termios::tcgetattr(terminal).map_err(failed)?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO | LocalModes::ECHONL);
        rustix::termios::tcsetattr(terminal, OptionalActions::Drain, &quiet).map_err(failed)?;
        Ok(Hidden { terminal, before })
    }
}

impl Drop for Hidden<'_> {
    fn drop(&mut self) {
        // Fails only when the terminal is gone, and then there is nothing to put back.
        let _ = rustix::termios::tcsetattr(self.terminal, OptionalActions::Drain, &self.before);
    }
}

fn answer_of(mut line: Vec<u8>) -> Result<String> {
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    String::from_utf8(line).map_err(|_| Error::Invalid("the answer is not UTF-8".to_owned()))
}

fn unread(cause: &dyn std::fmt::Display) -> Error {
    Error::Failed(format!("cannot read standard input: {cause}"))
}

fn aborted() -> Error {
    Error::Said("Aborted!".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    /// What was shown, kept for the test.
    #[derive(Clone, Default)]
    struct Screen(Arc<Mutex<Vec<u8>>>);

    impl Write for Screen {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl Screen {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    fn piped(input: &[u8]) -> (Prompt, Screen) {
        let (reader, writer) = rustix::pipe::pipe().unwrap();
        rustix::io::write(&writer, input).unwrap();
        let screen = Screen::default();
        (Prompt::on(reader, Box::new(screen.clone()), false).unwrap(), screen)
    }

    #[test]
    fn answers_are_lines_and_empty_ones_are_asked_again() {
        let (mut prompt, screen) = piped("\na@b\r\nÄnne".as_bytes());
        assert_eq!(prompt.ask("Email: ").unwrap(), "a@b");
        assert_eq!(prompt.ask("Name: ").unwrap(), "Änne");
        assert_eq!(screen.text(), "Email: \nEmail: \nName: \n");
    }

    #[test]
    fn the_end_of_the_input_is_no_answer() {
        let (mut prompt, _) = piped(b"");
        assert_eq!(prompt.ask("Name: "), Err(aborted()));
        assert_eq!(prompt.confirm("Really?"), Err(aborted()));
        assert_eq!(prompt.read_line(), Err(aborted()));
    }

    #[test]
    fn passwords_are_asked_for_until_both_are_the_same() {
        let (mut prompt, screen) = piped(b"one\ntwo\nthree\nthree\n");
        assert_eq!(prompt.ask_new_password().unwrap(), "three");
        let ask = "Password: \nRepeat for confirmation: \n";
        let error = "Error: The two entered values do not match.\n";
        assert_eq!(screen.text(), format!("{ask}{error}{ask}"));
    }

    #[test]
    fn only_yes_is_yes_and_nonsense_is_asked_again() {
        let (mut prompt, screen) = piped(b"y\n YES\nn\nNo\n\nperhaps\ny\n");
        let answers: Vec<bool> = (0..6).map(|_| prompt.confirm("Proceed?").unwrap()).collect();
        assert_eq!(answers, [true, true, false, false, false, true]);
        assert!(
            screen
                .text()
                .ends_with("Error: Please answer y or n.\nProceed? [y/N]: \n")
        );
    }

    #[test]
    fn an_answer_that_is_no_text_or_never_ends_is_refused() {
        let (mut prompt, _) = piped(b"\xff\n");
        assert!(matches!(prompt.read_line(), Err(Error::Invalid(_))));
        let zeros = std::fs::File::open("/dev/zero").unwrap();
        let mut prompt = Prompt::on(zeros.into(), Box::new(Screen::default()), false).unwrap();
        assert!(matches!(prompt.read_line(), Err(Error::Invalid(_))));
    }
}
