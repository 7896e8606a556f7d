//! What keys were used for, as a page and as a part of others.

pub(super) mod over_time;
pub(super) mod range;
mod screen;
mod shown;

pub(super) use screen::show;
