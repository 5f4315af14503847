//! Parts of forms: label, hint, control, error, in this order, tied together for every kind of reader.

use super::Look;
use super::icon::{self, icon};
use crate::web::lang::Text;
use crate::web::text::{count, frame};
use maud::{Markup, html};

/// What is wrong with one field, as the visitor reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The field's name.
    pub field: &'static str,
    /// The sentence at the field.
    pub text: String,
}

/// A field's words and state.
pub struct Field<'a> {
    /// Its name in the form, and its id in the page.
    pub name: &'static str,
    /// Its label.
    pub label: &'a str,
    /// A line under the label.
    pub hint: Option<&'a str>,
    /// Whether it must be filled.
    pub required: bool,
    /// What is wrong in the whole form.
    pub wrong: &'a [Wrong],
}

/// The ids that describe a control, for its `aria-describedby`, and whether it is wrong.
pub struct Ties {
    /// The ids, space-separated.
    pub described: Option<String>,
    /// `true` when what was typed is wrong.
    pub invalid: Option<&'static str>,
}

impl Field<'_> {
    fn error(&self) -> Option<&str> {
        self.wrong
            .iter()
            .find(|wrong| wrong.field == self.name)
            .map(|wrong| wrong.text.as_str())
    }

    fn ties(&self) -> Ties {
        let mut ids = Vec::new();
        if self.hint.is_some() {
            ids.push(format!("{}-hint", self.name));
        }
        if self.error().is_some() {
            ids.push(format!("{}-error", self.name));
        }
        Ties {
            described: (!ids.is_empty()).then(|| ids.join(" ")),
            invalid: self.error().map(|_| "true"),
        }
    }
}

/// The token without which no form is taken.
pub fn csrf(look: &Look) -> Markup {
    html! { input type="hidden" name="csrf_token" value=(look.csrf); }
}

/// A field around the control that `control` makes.
pub fn field(look: &Look, field: &Field, control: impl FnOnce(&Ties) -> Markup) -> Markup {
    html! {
        div .field .wrong[field.error().is_some()] {
            label for=(field.name) {
                (field.label)
                @if field.required { " " span .need { (look.say(&frame::REQUIRED)) } }
            }
            @if let Some(hint) = field.hint { p .hint id={ (field.name) "-hint" } { (hint) } }
            (control(&field.ties()))
            @if let Some(error) = field.error() {
                p .error id={ (field.name) "-error" } { (icon(look, icon::WARN)) span { (error) } }
            }
        }
    }
}

/// A line to type into. `kind` is the control's type, `complete` its autocomplete name. What is typed as a password
/// can be looked at: the script makes a switch of the words that stand with it.
pub fn input(look: &Look, words: &Field, kind: &str, value: &str, complete: Option<&str>) -> Markup {
    let is_password = kind == "password";
    // The switch is heard by itself, and there may be several on a page.
    let of_field = |text| look.lang.fill(text, &[("field", words.label)]);
    field(look, words, |ties| {
        html! {
            input type=(kind) id=(words.name) name=(words.name) value=[(!value.is_empty()).then_some(value)]
                required[words.required] autocomplete=[complete] dir=[(kind == "text").then_some("auto")]
                data-show=[is_password.then(|| look.say(&frame::SHOW))]
                data-hide=[is_password.then(|| look.say(&frame::HIDE))]
                data-show-name=[is_password.then(|| of_field(&frame::SHOW_PASSWORD))]
                data-hide-name=[is_password.then(|| of_field(&frame::HIDE_PASSWORD))]
                aria-describedby=[ties.described.as_deref()] aria-invalid=[ties.invalid];
        }
    })
}

/// A space to type several lines into.
pub fn area(look: &Look, words: &Field, value: &str) -> Markup {
    field(look, words, |ties| {
        html! {
            textarea id=(words.name) name=(words.name) rows="5" required[words.required] dir="auto"
                aria-describedby=[ties.described.as_deref()] aria-invalid=[ties.invalid] { "\n" (value) }
        }
    })
}

/// One of few, each with a line of explanation: value, name, explanation.
pub fn choices(
    look: &Look,
    name: &str,
    legend: &str,
    hint: Option<&str>,
    rows: &[(&str, &Text, &Text)],
    chosen: &str,
) -> Markup {
    html! {
        fieldset .field {
            legend { (legend) }
            @if let Some(hint) = hint { p .hint { (hint) } }
            div .choices {
                @for (value, title, more) in rows {
                    label {
                        input type="radio" name=(name) value=(value) checked[*value == chosen];
                        span { b { (look.say(title)) } span { (look.say(more)) } }
                    }
                }
            }
        }
    }
}

/// A box to tick.
pub fn tick(name: &str, value: &str, ticked: bool, words: Markup) -> Markup {
    html! { label .box { input type="checkbox" name=(name) value=(value) checked[ticked]; span .user dir="auto" { (words) } } }
}

/// What is wrong in a form, at its top, each a link to its field; only from two on, since one stands
/// where it happened.
pub fn summary(look: &Look, wrong: &[Wrong]) -> Markup {
    html! {
        @if wrong.len() > 1 {
            div .msg .bad .summary role="alert" tabindex="-1" {
                (icon(look, icon::WARN))
                div {
                    b { (count(look.lang, wrong.len() as u64, &frame::SUMMARY)) }
                    ul { @for one in wrong { li { a href={ "#" (one.field) } { (one.text) } } } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::lang::Lang;

    #[test]
    fn an_error_is_tied_to_its_field_and_what_was_typed_stays() {
        let wrong = [Wrong {
            field: "title",
            text: "Too long.".into(),
        }];
        let words = Field {
            name: "title",
            label: "Title",
            hint: Some("short"),
            required: true,
            wrong: &wrong,
        };
        let html = input(&super::super::look(Lang::En), &words, "text", "\"><script>", None).into_string();
        assert!(html.contains("aria-describedby=\"title-hint title-error\""), "{html}");
        assert!(
            html.contains("aria-invalid=\"true\"") && html.contains("Too long."),
            "{html}"
        );
        assert!(
            html.contains("value=\"&quot;&gt;&lt;script&gt;\"") && html.contains("(required)"),
            "{html}"
        );
    }

    #[test]
    fn a_password_and_nothing_else_can_be_looked_at() {
        let words = Field {
            name: "secret",
            label: "Secret",
            hint: None,
            required: true,
            wrong: &[],
        };
        let of = |kind| input(&super::super::look(Lang::De), &words, kind, "", Some("new-password")).into_string();
        assert!(
            of("password").contains("data-show=\"Zeigen\" data-hide=\"Verbergen\""),
            "{}",
            of("password")
        );
        assert!(
            of("password").contains("data-show-name=\"Passwort zeigen: Secret\"")
                && of("password").contains("data-hide-name=\"Passwort verbergen: Secret\""),
            "{}",
            of("password")
        );
        assert!(!of("email").contains("data-"), "{}", of("email"));
    }

    #[test]
    fn a_summary_comes_with_the_second_error() {
        let look = super::super::look(Lang::De);
        let one = Wrong {
            field: "title",
            text: "Zu lang.".into(),
        };
        let two = Wrong {
            field: "date",
            text: "Fehlt.".into(),
        };
        assert_eq!(summary(&look, std::slice::from_ref(&one)).into_string(), "");
        let html = summary(&look, &[one, two]).into_string();
        assert!(
            html.contains("Noch 2 Angaben prüfen") && html.contains("href=\"#date\""),
            "{html}"
        );
    }

    #[test]
    fn a_leading_line_end_of_a_text_survives() {
        let words = Field {
            name: "d",
            label: "D",
            hint: None,
            required: false,
            wrong: &[],
        };
        let html = area(&super::super::look(Lang::En), &words, "\nx</textarea>").into_string();
        assert!(html.contains(">\n\nx&lt;/textarea&gt;</textarea>"), "{html}");
    }
}
