//! The roles of a member, as a part of pages about people, invitations and service accounts.

mod change;
mod shown;
mod words;

pub(super) use change::{ask_in_organization, give, take};
pub(super) use shown::{Choice, Roles, choices_in_organization, held_by_each};
