//! What a form that is sent back keeps of what was typed, through the session; never a password.

use crate::web::look::form::Wrong;
use crate::web::visit::Visit;
use serde_json::{Map, Value, json};

const LEFT: &str = "fietsboek.form";

/// Bytes of a text that is left so, as it is written: all must fit into a cookie.
const LONGEST: usize = 520;

/// What was typed into a form, and what is wrong with it.
#[derive(Debug, Default)]
pub(super) struct Draft {
    values: Map<String, Value>,
    /// What is wrong, in the order in which it was found.
    pub wrong: Vec<Wrong>,
}

impl Draft {
    /// Keeps what was typed. What is too long for that is typed again.
    pub fn keep(&mut self, field: &'static str, typed: &str) {
        let typed = json!(typed);
        if typed.to_string().len() <= LONGEST {
            self.values.insert(field.to_owned(), typed);
        }
    }

    /// Something is wrong with a field.
    pub fn refuse(&mut self, field: &'static str, text: impl Into<String>) {
        self.wrong.push(Wrong {
            field,
            text: text.into(),
        });
    }

    /// What was typed into a field, if it was kept.
    pub fn find(&self, field: &str) -> Option<&str> {
        self.values.get(field)?.as_str()
    }

    /// Leaves it in the session for the form at that path.
    pub fn leave(self, visit: &mut Visit, path: &str) {
        let wrong: Vec<Value> = self
            .wrong
            .iter()
            .map(|wrong| json!([wrong.field, wrong.text]))
            .collect();
        let left = json!({ "path": path, "values": self.values, "wrong": wrong });
        visit.session.set(LEFT, left);
    }

    /// What was left for the form at that path, shown once. `fields` are those that something may be wrong with, for
    /// they come back out of a cookie.
    pub fn take(visit: &mut Visit, path: &str, fields: &[&'static str]) -> Draft {
        let mut left = visit.session.remove(LEFT).unwrap_or_default();
        if left["path"] != path {
            return Draft::default();
        }
        let wrong = |one: &Value| {
            let field = fields.iter().find(|field| one[0] == **field)?;
            let text = one[1].as_str()?.to_owned();
            Some(Wrong { field, text })
        };
        Draft {
            wrong: left["wrong"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(wrong)
                .collect(),
            values: match left["values"].take() {
                Value::Object(values) => values,
                _ => Map::new(),
            },
        }
    }
}

impl From<Wrong> for Draft {
    fn from(wrong: Wrong) -> Draft {
        Draft {
            wrong: vec![wrong],
            ..Draft::default()
        }
    }
}
