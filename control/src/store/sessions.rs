//! Browsers that are signed in. No tick: signing in changes nothing that anybody else could see.

use super::rows::{all, stored, time};
use super::{Store, StoreError, Tx, execute, read, write};
use domain::{Digest, SessionId, Timestamp, UserId};

/// A browser that is signed in.
#[derive(Debug, Clone)]
pub struct Session {
    /// Its id, which opens nothing.
    pub id: SessionId,
    /// Who is signed in.
    pub user: UserId,
    /// The digest of the token in force.
    pub digest: Digest,
    /// When the person signed in.
    pub created_at: Timestamp,
    /// When the token in force was given out, which is about when the session was last used.
    pub rotated_at: Timestamp,
    /// When it ends, whatever is done with it.
    pub ends_at: Timestamp,
    /// Where the person signed in from, if anybody trustworthy said so.
    pub ip: Option<String>,
    /// What the browser said it is.
    pub agent: String,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    user_id: String,
    digest: Vec<u8>,
    created_at: i64,
    rotated_at: i64,
    ends_at: i64,
    ip: Option<String>,
    agent: String,
}

impl Row {
    fn into_record(self) -> Result<Session, StoreError> {
        Ok(Session {
            id: stored(SessionId::parse(&self.id))?,
            user: stored(UserId::parse(&self.user_id))?,
            digest: Digest::from_bytes(stored(self.digest.try_into().ok())?),
            created_at: time(self.created_at),
            rotated_at: time(self.rotated_at),
            ends_at: time(self.ends_at),
            ip: self.ip,
            agent: self.agent,
        })
    }
}

impl Store {
    /// The session of this token, or of the one before it if that was in force after `before_since`.
    pub async fn session(
        &self,
        digest: &Digest,
        before_since: Timestamp,
    ) -> Result<Option<Session>, StoreError> {
        let row: Option<Row> = read!(self, |db| {
            sqlx::query_as(
                "select id, user_id, digest, created_at, rotated_at, ends_at, ip, agent from sessions \
                 where digest = $1 or (digest_before = $1 and rotated_at > $2)",
            )
            .bind(digest.as_bytes().as_slice())
            .bind(before_since.micros())
            .fetch_optional(db)
        })?;
        row.map(Row::into_record).transpose()
    }

    /// Where the person is signed in, the newest first.
    pub async fn sessions_of(&self, user: UserId) -> Result<Vec<Session>, StoreError> {
        let rows: Vec<Row> = read!(self, |db| {
            sqlx::query_as(
                "select id, user_id, digest, created_at, rotated_at, ends_at, ip, agent from sessions \
                 where user_id = $1 order by created_at desc, id",
            )
            .bind(user.to_string())
            .fetch_all(db)
        })?;
        all(rows, Row::into_record)
    }
}

impl Tx {
    /// Adds a session.
    pub async fn insert_session(&mut self, session: &Session) -> Result<(), StoreError> {
        execute!(
            self,
            sqlx::query(
                "insert into sessions (id, user_id, digest, created_at, rotated_at, ends_at, ip, agent) \
             values ($1, $2, $3, $4, $5, $6, $7, $8)"
            )
            .bind(session.id.to_string())
            .bind(session.user.to_string())
            .bind(session.digest.as_bytes().as_slice())
            .bind(session.created_at.micros())
            .bind(session.rotated_at.micros())
            .bind(session.ends_at.micros())
            .bind(session.ip.as_deref())
            .bind(&session.agent)
        )?;
        Ok(())
    }

    /// Puts another token in the place of the one in force. `false` when somebody just did: theirs is the one that counts.
    pub async fn rotate_session(
        &mut self,
        session: &Session,
        digest: &Digest,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let found: Option<String> = write!(self, |conn| {
            sqlx::query_scalar(
            "update sessions set digest = $3, digest_before = $2, rotated_at = $4 where id = $1 and digest = $2 \
             returning id"
        )
        .bind(session.id.to_string())
        .bind(session.digest.as_bytes().as_slice())
        .bind(digest.as_bytes().as_slice())
        .bind(now.micros())
        .fetch_optional(conn)
        })?;
        Ok(found.is_some())
    }

    /// Puts another token in the place of all that the session had: none of them is taken any more.
    pub async fn renew_session(
        &mut self,
        session: SessionId,
        digest: &Digest,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        execute!(
            self,
            sqlx::query(
                "update sessions set digest = $2, digest_before = null, rotated_at = $3 where id = $1"
            )
            .bind(session.to_string())
            .bind(digest.as_bytes().as_slice())
            .bind(now.micros())
        )?;
        Ok(())
    }

    /// Ends one session of the person.
    pub async fn delete_session(&mut self, user: UserId, id: SessionId) -> Result<(), StoreError> {
        execute!(
            self,
            sqlx::query("delete from sessions where id = $1 and user_id = $2")
                .bind(id.to_string())
                .bind(user.to_string())
        )?;
        Ok(())
    }

    /// Ends all sessions of the person but this one.
    pub async fn delete_other_sessions(
        &mut self,
        user: UserId,
        kept: Option<SessionId>,
    ) -> Result<(), StoreError> {
        execute!(
            self,
            sqlx::query("delete from sessions where user_id = $1 and id <> $2")
                .bind(user.to_string())
                .bind(kept.map(|id| id.to_string()).unwrap_or_default())
        )?;
        Ok(())
    }

    /// Forgets the person's sessions that are over, so that their number stays small.
    pub async fn delete_ended_sessions(
        &mut self,
        user: UserId,
        idle_since: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        execute!(
            self,
            sqlx::query("delete from sessions where user_id = $1 and (rotated_at <= $2 or ends_at <= $3)")
                .bind(user.to_string())
                .bind(idle_since.micros())
                .bind(now.micros())
        )?;
        Ok(())
    }
}
