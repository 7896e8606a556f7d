//! stub
use crate::exit::Fault;
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Key { /// stub
 List }
impl Key { pub(crate) fn wants_json(&self) -> bool { false } pub(crate) fn run(self) -> Result<(), Fault> { Ok(()) } }
