//! What a form that was sent back keeps of what was typed, through the session; never a password.

use crate::web::look::form::Wrong;
use crate::web::visit::Visit;
use serde_json::{Value, json};

const LEFT: &str = "fietsboek.account";
/// The fields of these forms.
const FIELDS: [&str; 4] = ["name", "email", "password", "repeat-password"];

/// A form's state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Draft {
    pub name: String,
    pub email: String,
    /// What is wrong, in the order in which it was found.
    pub wrong: Vec<Wrong>,
}

impl Draft {
    /// Keeps it for the form at that path.
    pub fn keep(self, visit: &mut Visit, path: &str) {
        let short = |text: &str| text.chars().take(300).collect::<String>();
        let wrong: Vec<Value> = self
            .wrong
            .iter()
            .map(|wrong| json!([wrong.field, wrong.text]))
            .collect();
        let left = json!({ "path": path, "name": short(&self.name), "email": short(&self.email), "wrong": wrong });
        visit.session.set(LEFT, left);
    }

    /// What is kept for the form at that path; shown once.
    pub fn take(visit: &mut Visit, path: &str) -> Draft {
        let left = visit.session.remove(LEFT).unwrap_or_default();
        if left["path"] != path {
            return Draft::default();
        }
        let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
        let wrong = |one: &Value| {
            let field = FIELDS.into_iter().find(|field| one[0] == *field)?;
            Some(Wrong {
                field,
                text: text(&one[1]),
            })
        };
        Draft {
            name: text(&left["name"]),
            email: text(&left["email"]),
            wrong: left["wrong"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(wrong)
                .collect(),
        }
    }
}
