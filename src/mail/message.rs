//! One message as it goes over the wire: plain text, UTF-8, with the headers that a mail must have.
//!
//! The library encodes and folds every header, so a line end in a value cannot begin another one.

use std::time::SystemTime;

use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue, MIME_VERSION_1_0};
use lettre::message::{Body, Mailbox, Message};
use lettre::{Address, address::AddressError};

use crate::model::mail::Mail;
use crate::secret;

/// What the sender is called where the configuration names none.
const NAME: &str = "Fietsboek";

/// Whether mail can be addressed so.
pub fn is_address(text: &str) -> bool {
    text.parse::<Address>().is_ok()
}

/// A unique name for a message, without angle brackets, in the domain of the sender.
///
/// # Errors
/// When the system gives no random bytes.
pub fn new_id(from: &str) -> crate::error::Result<String> {
    let domain = sender(from).map_or_else(|_| "localhost".to_owned(), |mailbox| mailbox.email.domain().to_owned());
    Ok(format!("{}@{domain}", secret::uuid()?))
}

/// The sender: `email.from` as it is where it names more than an address.
pub(super) fn sender(from: &str) -> Result<Mailbox, AddressError> {
    match from.contains(['<', '>']) {
        true => from.parse(),
        false => Ok(Mailbox::new(Some(NAME.to_owned()), from.trim().parse()?)),
    }
}

/// The message that a mail of the queue is, or what of it cannot be sent.
pub(super) fn compose(from: &str, mail: &Mail) -> Result<Message, String> {
    let sender = sender(from).map_err(|e| format!("email.from {from:?} is no sender: {e}"))?;
    let recipient: Address = mail
        .recipient
        .parse()
        .map_err(|e| format!("{:?} is no address: {e}", mail.recipient))?;
    let machine = HeaderValue::new(
        HeaderName::new_from_ascii_str("Auto-Submitted"),
        "auto-generated".to_owned(),
    );
    // Readable as it stands, also where nothing decodes it.
    let encoded = |encoding| Body::new_with_encoding(mail.body.clone(), encoding);
    let body = encoded(ContentTransferEncoding::SevenBit)
        .or_else(|_| encoded(ContentTransferEncoding::QuotedPrintable))
        .map_err(|_| "its text cannot be encoded")?;
    Message::builder()
        .from(sender)
        .to(Mailbox::new(None, recipient))
        .subject(mail.subject.as_str())
        .date(SystemTime::now())
        .message_id(Some(format!("<{}>", mail.message_id)))
        .raw_header(machine)
        .header(MIME_VERSION_1_0)
        .header(ContentType::TEXT_PLAIN)
        .body(body)
        .map_err(|e| format!("the message cannot be made: {e}"))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::model::TokenId;
    use time::macros::datetime;

    pub(in crate::mail) fn mail(recipient: &str, subject: &str, body: &str) -> Mail {
        Mail {
            token: TokenId(1),
            message_id: "one@example.org".to_owned(),
            recipient: recipient.to_owned(),
            subject: subject.to_owned(),
            body: body.to_owned(),
            tries: 1,
            useful_until: datetime!(2026-11-22 9:16),
        }
    }

    fn text(from: &str, mail: &Mail) -> String {
        String::from_utf8(compose(from, mail).unwrap().formatted()).unwrap()
    }

    #[test]
    fn a_message_has_the_headers_that_a_mail_must_have() {
        let text = text(
            "rides@example.org",
            &mail("a@example.org", "Hello", "One.\n\nhttps://a.example/token/1\n"),
        );
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        for line in [
            "From: Fietsboek <rides@example.org>",
            "To: a@example.org",
            "Subject: Hello",
            "Message-ID: <one@example.org>",
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
        ] {
            assert!(head.lines().any(|l| l == line), "{line}\n{head}");
        }
        assert!(
            head.lines().any(|l| l.starts_with("Date: ") && l.ends_with("+0000")),
            "{head}"
        );
        assert_eq!(body, "One.\r\n\r\nhttps://a.example/token/1\r\n");
    }

    #[test]
    fn other_letters_are_encoded_and_the_sender_s_own_name_stands() {
        let text = text(
            "Räder <rides@example.org>",
            &mail("a@example.org", "Bestätige", "Grüße\n"),
        );
        assert!(text.is_ascii(), "{text}");
        assert!(
            text.contains("From: =?utf-8?b?UsOkZGVy?= <rides@example.org>"),
            "{text}"
        );
        assert!(text.contains("Gr=C3=BC=C3=9Fe"), "{text}");
    }

    #[test]
    fn nothing_that_is_put_in_begins_a_header() {
        let text = text(
            "r@example.org",
            &mail("a@example.org", "Hi\r\nBcc: evil@example.org", "x"),
        );
        assert!(
            !text.lines().any(|line| line.to_ascii_lowercase().starts_with("bcc")),
            "{text}"
        );
        for recipient in [
            "a@example.org\r\nBcc: b@example.org",
            "a@example.org, b@example.org",
            "<a@example.org>",
            "",
        ] {
            assert!(
                compose("r@example.org", &mail(recipient, "x", "x")).is_err(),
                "{recipient:?}"
            );
            assert!(!is_address(recipient));
        }
        assert!(compose("nobody", &mail("a@example.org", "x", "x")).is_err());
    }

    #[test]
    fn ordinary_addresses_are_addresses() {
        for address in [
            "a@b",
            "a@localhost",
            "first.last+tag@sub.example.org",
            "jürgen@exämple.org",
            "o'neil@example.org",
        ] {
            assert!(is_address(address), "{address}");
        }
        for wrong in ["a", "a@", "@b", "a b@c", "a@b c", "a@b\0", "Name <a@b>"] {
            assert!(!is_address(wrong), "{wrong}");
        }
    }
}
