//! How mail is sent: the keys `email.*`.
//!
//! Only what the file says; nothing is connected to and no address is looked up here.

use std::fmt;

use super::address;
use super::notes::Notes;
use super::values::Values;

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

impl Email {
    /// Reads the keys `email.*`.
    pub fn read(values: &Values, notes: &mut Notes) -> Email {
        let from = values.text("email.from", notes);
        if from.contains('\n') {
            values.fault("email.from", "has more than one line", notes);
        } else if from.is_empty() && values.find_line("email.from").is_some() {
            values.warn("email.from", "is empty, so mail has no sender", notes);
        }
        let url = values.text("email.smtp_url", notes);
        let (transport, host, port) = match parse(&url) {
            Ok(parsed) => parsed,
            Err(text) => {
                // An absent or empty address is told already.
                if !url.is_empty() {
                    values.fault("email.smtp_url", text, notes);
                }
                (Transport::Debug, String::new(), 0)
            }
        };
        if address::parse(&url).is_ok_and(|address| address.user.is_some()) {
            let text = "the account in it has no effect; write email.username and email.password";
            values.warn("email.smtp_url", text, notes);
        }
        Email {
            from,
            transport,
            host,
            port,
            username: values.text("email.username", notes),
            password: values.text("email.password", notes),
        }
    }
}

fn parse(url: &str) -> Result<(Transport, String, u16), String> {
    let address = address::parse(url)?;
    let (transport, usual_port) = match address.scheme.as_str() {
        "debug" => (Transport::Debug, 25),
        "smtp" => (Transport::Smtp, 25),
        "smtp+ssl" => (Transport::Tls, 465),
        "smtp+starttls" => (Transport::StartTls, 25),
        _ => {
            return Err("has another scheme than debug, smtp, smtp+ssl or smtp+starttls".to_owned());
        }
    };
    let host = match address.host {
        "" => "localhost",
        host => host,
    };
    Ok((transport, host.to_owned(), address.port.unwrap_or(usual_port)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_scheme_has_its_usual_port_and_the_host_may_be_left_out() {
        let parsed = |url| parse(url).unwrap();
        assert_eq!(parsed("debug://"), (Transport::Debug, "localhost".to_owned(), 25));
        assert_eq!(
            parsed("smtp://mail.example"),
            (Transport::Smtp, "mail.example".to_owned(), 25)
        );
        assert_eq!(parsed("smtp+ssl://[::1]"), (Transport::Tls, "::1".to_owned(), 465));
        assert_eq!(
            parsed("SMTP+STARTTLS://m:587"),
            (Transport::StartTls, "m".to_owned(), 587)
        );
    }

    #[test]
    fn another_scheme_is_refused() {
        assert!(parse("https://mail.example").is_err());
        assert!(parse("mail.example:25").is_err());
    }

    #[test]
    fn the_password_is_not_in_the_debug_text() {
        let email = Email {
            from: "a@b".to_owned(),
            transport: Transport::Smtp,
            host: "m".to_owned(),
            port: 25,
            username: "joe".to_owned(),
            password: "hush".to_owned(),
        };
        assert!(!format!("{email:?}").contains("hush"));
    }
}
