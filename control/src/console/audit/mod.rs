//! Who changed what, as a page.

mod actors;
mod screen;
mod words;

pub(super) use screen::show;
