//! Pages about people and invitations.

mod detail;
mod invitation;
mod invite;
mod link;
mod list;
mod remove;
mod withdraw;

pub(super) use detail::{give_role, show, take_role};
pub(super) use invitation::{
    give_role as give_invited_role, resend, show as show_invitation, take_role as take_invited_role,
};
pub(super) use invite::{show as new, submit};
pub(super) use link::handed_over;
pub(super) use list::show as list;
pub(super) use remove::{ask as ask_removal, remove};
pub(super) use withdraw::{ask as ask_withdrawal, withdraw};
