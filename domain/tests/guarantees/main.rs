//! What the rest of Keydesk relies on, one guarantee to a test.

#![cfg(test)]

mod access;
mod administrators;
mod advice;
mod allocation;
mod ceilings;
mod emails;
mod escalation;
mod filters;
mod given;
mod grants;
mod keys;
mod legacy;
mod model;
mod proofs;
mod recorded;
mod registrations;
mod review;
mod routes;
mod snapshots;
mod tokens;
mod verification;
mod walls;
