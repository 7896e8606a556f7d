//! Answers to creates that carried an Idempotency-Key, so that a retry makes nothing twice.

use super::{StoreError, Tx, execute, write};
use domain::Timestamp;

/// How long an answer is kept.
const KEPT_SECONDS: i64 = 24 * 3600;

/// What an Idempotency-Key was used for before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replay {
    /// Nothing: go on.
    New,
    /// The same request; this was the answer, without the secret.
    Same(String),
    /// Another request.
    Different,
}

impl Tx {
    /// Looks up what the principal used this key for.
    pub async fn replay(
        &mut self,
        principal: &str,
        key: &str,
        request: &[u8; 32],
        now: Timestamp,
    ) -> Result<Replay, StoreError> {
        let row: Option<(Vec<u8>, String)> = write!(self, |conn| {
            sqlx::query_as(
            "select request_digest, answer from idempotency where principal = $1 and idempotency_key = $2 \
             and created_at >= $3"
        )
        .bind(principal)
        .bind(key)
        .bind(now.plus_seconds(-KEPT_SECONDS).micros())
        .fetch_optional(conn)
        })?;
        Ok(match row {
            None => Replay::New,
            Some((digest, answer)) if digest == request => Replay::Same(answer),
            Some(_) => Replay::Different,
        })
    }

    /// Keeps the answer, and forgets those that are a day old.
    pub async fn keep_answer(
        &mut self,
        principal: &str,
        key: &str,
        request: &[u8; 32],
        answer: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        execute!(
            self,
            sqlx::query("delete from idempotency where created_at < $1")
                .bind(now.plus_seconds(-KEPT_SECONDS).micros())
        )?;
        execute!(
            self,
            sqlx::query(
                "insert into idempotency (principal, idempotency_key, request_digest, answer, created_at) \
             values ($1, $2, $3, $4, $5)"
            )
            .bind(principal)
            .bind(key)
            .bind(request.as_slice())
            .bind(answer)
            .bind(now.micros())
        )?;
        Ok(())
    }
}
