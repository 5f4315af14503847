//! What a form sent: fields and files of a body, within bounds.
//!
//! Everything in a [`Form`] is unchecked text of a stranger; pages turn it into values. A field that
//! is absent though the page's own form always sends it is [`Error::Invalid`] (400).

use std::io::Read;

use crate::error::{Error, Result};
use crate::spool::Spool;
use crate::web::multipart;
use crate::web::request::Request;

/// The most fields and files together.
pub const MAX_FIELDS: usize = 2_000;
/// The most files; each may take a descriptor.
pub const MAX_FILES: usize = 100;
/// The longest name of a field, in bytes.
pub const MAX_NAME: usize = 256;
/// All that is not a file together, in bytes.
pub const MAX_TEXT: usize = 4 << 20;

/// An uploaded file.
pub struct FormFile {
    /// The name of its field.
    pub field: String,
    /// The name that the file had at the visitor's; may be anything, or empty.
    pub name: String,
    /// The type that the visitor's browser claims.
    pub content_type: String,
    /// The content, at its beginning.
    pub data: Spool,
}

/// The fields and files of a body.
#[derive(Default)]
pub struct Form {
    /// Names and values in their order.
    pub fields: Vec<(String, String)>,
    /// Files in their order; a file control left empty is not among them.
    pub files: Vec<FormFile>,
}

impl Form {
    /// Reads the body of a request; another content type than a form's gives an empty form. The files of a form
    /// are kept by themselves, so the body that they came in is given up.
    pub fn read(request: &mut Request) -> Result<Form> {
        let content_type = request.header("content-type").unwrap_or("").to_string();
        let kind = content_type.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
        request.body.rewind();
        let form = match kind.as_str() {
            "application/x-www-form-urlencoded" => read_urlencoded(&mut request.body),
            "multipart/form-data" => multipart::read(&content_type, &mut std::mem::take(&mut request.body)),
            _ => Ok(Form::default()),
        };
        request.body.rewind();
        form
    }

    /// The first value of a field, if it was sent.
    pub fn find(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The first value of a field that the form always sends.
    pub fn get(&self, name: &str) -> Result<&str> {
        self.find(name)
            .ok_or_else(|| Error::Invalid(format!("the form lacks the field {name}")))
    }

    /// Every value of a field in order.
    pub fn all(&self, name: &str) -> Vec<&str> {
        let named = self.fields.iter().filter(|(n, _)| n == name);
        named.map(|(_, v)| v.as_str()).collect()
    }

    /// The files of a field in order.
    pub fn files_of(&mut self, field: &str) -> impl Iterator<Item = &mut FormFile> {
        self.files.iter_mut().filter(move |file| file.field == field)
    }

    /// Adds a field within the bounds.
    pub(crate) fn push(&mut self, name: String, value: String) -> Result<()> {
        self.check_room(&name)?;
        self.fields.push((name, value));
        Ok(())
    }

    /// Adds a file within the bounds.
    pub(crate) fn push_file(&mut self, file: FormFile) -> Result<()> {
        self.check_room(&file.field)?;
        if self.files.len() >= MAX_FILES {
            return Err(Error::TooLarge(format!("a form with more than {MAX_FILES} files")));
        }
        self.files.push(file);
        Ok(())
    }

    fn check_room(&self, name: &str) -> Result<()> {
        if name.len() > MAX_NAME {
            return Err(Error::Invalid("a form with too long a field name".to_string()));
        }
        if self.fields.len() + self.files.len() >= MAX_FIELDS {
            return Err(Error::TooLarge(format!("a form with more than {MAX_FIELDS} fields")));
        }
        Ok(())
    }
}

fn read_urlencoded(body: &mut Spool) -> Result<Form> {
    if body.len() > MAX_TEXT as u64 {
        return Err(Error::TooLarge(format!(
            "a form with more than {MAX_TEXT} bytes of text"
        )));
    }
    let mut bytes = Vec::new();
    body.read_to_end(&mut bytes)
        .map_err(|e| Error::Failed(format!("cannot read a body back: {e}")))?;
    let mut form = Form::default();
    for (name, value) in form_urlencoded::parse(&bytes) {
        form.push(name.into_owned(), value.into_owned())?;
    }
    Ok(form)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::request::tests::request;

    fn form(content_type: &str, body: &[u8]) -> Result<Form> {
        let mut request = request("POST", "/", &[("Content-Type", content_type)], "");
        request.body = Spool::new(1 << 20);
        request.body.append(body).unwrap();
        Form::read(&mut request)
    }

    const URLENCODED: &str = "application/x-www-form-urlencoded; charset=UTF-8";

    #[test]
    fn fields_are_decoded_and_kept_in_order() {
        let form = form(URLENCODED, b"a=1&b=x+y%20%C3%BC&a=2&c").unwrap();
        assert_eq!(form.all("a"), ["1", "2"]);
        assert_eq!(form.get("b").unwrap(), "x y ü");
        assert_eq!(form.find("c"), Some(""));
        assert_eq!(form.get("d").unwrap_err().status(), 400);
    }

    #[test]
    fn a_body_that_is_no_form_has_no_fields() {
        assert!(form("application/json", b"a=1").unwrap().fields.is_empty());
    }

    #[test]
    fn a_form_has_bounds() {
        let many = "a&".repeat(MAX_FIELDS + 1);
        assert_eq!(form(URLENCODED, many.as_bytes()).err().unwrap().status(), 413);
        let long = "a".repeat(MAX_NAME + 1);
        assert_eq!(form(URLENCODED, long.as_bytes()).err().unwrap().status(), 400);
        let text = "a".repeat(MAX_TEXT + 1);
        assert_eq!(form(URLENCODED, text.as_bytes()).err().unwrap().status(), 413);
    }
}
