//! stub
use crate::exit::Fault;
#[derive(Debug, clap::Args)]
pub(crate) struct Completions {}
impl Completions { pub(crate) fn run(self, _: clap::Command) -> Result<(), Fault> { Ok(()) } }
