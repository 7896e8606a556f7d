//! Who changed what, as a page.

mod names;
mod screen;
mod targets;
mod words;

pub(super) use screen::show;
