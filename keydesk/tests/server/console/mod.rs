//! The pages for people, asked as browsers ask, and as nobody should.

mod browser;
mod documentation;
mod organization;
mod safety;
