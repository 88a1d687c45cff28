//! What a form of a page says, and why it is not carried out.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::http::StatusCode;
use axum::response::Response;

use super::seal::same;
use super::session::Visitor;
use super::state::Web;

/// What a form says, by the names of its fields.
pub(super) type Filled = BTreeMap<String, String>;

/// Why nothing was carried out, for the page to say.
pub(super) type Problem = (StatusCode, String);

/// A form that came from a page of the visitor's own session.
pub(super) fn own(
    web: &Web,
    visitor: &Visitor,
    form: Result<Form<Filled>, FormRejection>,
) -> Result<Filled, Box<Response>> {
    match form {
        Ok(Form(form)) if same(text(&form, "csrf"), &visitor.csrf) => Ok(form),
        Ok(_) => Err(Box::new(web.message(StatusCode::FORBIDDEN))),
        Err(rejection) => Err(Box::new(web.message(rejection.status()))),
    }
}

/// A field without blanks around it; empty where the form has none.
pub(super) fn text<'f>(form: &'f Filled, name: &str) -> &'f str {
    secret(form, name).trim()
}

/// A field as it was typed: a blank may be part of a password.
pub(super) fn secret<'f>(form: &'f Filled, name: &str) -> &'f str {
    form.get(name).map_or("", String::as_str)
}

/// Something a person can put right.
pub(super) fn wrong(text: &str) -> Problem {
    (StatusCode::UNPROCESSABLE_ENTITY, text.to_owned())
}
