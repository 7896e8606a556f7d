//! Settings: of the organization, and of the person.

mod organization;
mod person;
mod screen;
mod signing;

pub(super) use organization::{bootstrap, rename};
pub(super) use person::{change_password, end, end_others};
pub(super) use screen::show;
pub(super) use signing::{ask_rotation, rotate};
