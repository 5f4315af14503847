//! How mail is sent: the keys `email.*`.
//!
//! Only what the file says; nothing is connected to and no address is looked up here.

use std::fmt;

/// The sender and the way of the mail.
#[derive(Clone, PartialEq, Eq)]
pub struct Email {
    /// The sender as it is written in the file: a bare address or `Name <address>`, on one line.
    pub from: String,
    /// How the mail leaves.
    pub transport: Transport,
    /// The mail server, without brackets.
    pub host: String,
    /// The mail server's port.
    pub port: u16,
    /// The account there; empty: none.
    pub username: String,
    /// Its password. Never printed.
    pub password: String,
}

/// The scheme of `email.smtp_url`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// `debug`: the message is printed on standard error.
    Debug,
    /// `smtp`: in the clear.
    Smtp,
    /// `smtp+ssl`: TLS from the first byte.
    Tls,
    /// `smtp+starttls`: TLS after the greeting.
    StartTls,
}

impl fmt::Debug for Email {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Email")
            .field("from", &self.from)
            .field("transport", &self.transport)
            .field("host", &self.host)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}
