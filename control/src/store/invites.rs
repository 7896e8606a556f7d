//! Invitations to an organization.

use super::rows::{Slice, all, maybe_time, stored, time, version};
use super::{Store, StoreError, Tx, execute, read, write};
use domain::{Digest, Email, InviteId, OrganizationId, Timestamp, UserId, Version};

/// An invitation. Its roles are role bindings; of its code only the digest is here.
#[derive(Debug, Clone)]
pub struct Invite {
    /// Its id.
    pub id: InviteId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// Who is invited, as written.
    pub email: Email,
    /// The digest of the code in force.
    pub code_digest: Digest,
    /// When it was made.
    pub created_at: Timestamp,
    /// When the code in force runs out.
    pub expires_at: Timestamp,
    /// How many codes were given out since `sent_since`.
    pub sent: i64,
    /// Since when they are counted.
    pub sent_since: Timestamp,
    /// When it was accepted.
    pub processed_at: Option<Timestamp>,
    /// Who came of it.
    pub user_id: Option<UserId>,
}

/// What has become of an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InviteStatus {
    /// It can be accepted.
    Pending,
    /// It could be; a new code can be given out.
    Expired,
    /// It was accepted.
    Processed,
}

impl InviteStatus {
    /// As written on the wire.
    pub fn name(self) -> &'static str {
        match self {
            InviteStatus::Pending => "pending",
            InviteStatus::Expired => "expired",
            InviteStatus::Processed => "processed",
        }
    }
}

impl Invite {
    /// What has become of it at `now`.
    pub fn status(&self, now: Timestamp) -> InviteStatus {
        match self.processed_at {
            Some(_) => InviteStatus::Processed,
            None if now >= self.expires_at => InviteStatus::Expired,
            None => InviteStatus::Pending,
        }
    }
}

/// An invitation and the change that last touched it.
#[derive(Debug, Clone)]
pub struct InviteRow {
    /// The record.
    pub invite: Invite,
    /// Its version.
    pub version: Version,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    organization_id: String,
    email: String,
    code_digest: Vec<u8>,
    created_at: i64,
    expires_at: i64,
    sent: i64,
    sent_since: i64,
    processed_at: Option<i64>,
    user_id: Option<String>,
    version: i64,
}

impl Row {
    fn into_record(self) -> Result<InviteRow, StoreError> {
        let invite = Invite {
            id: stored(InviteId::parse(&self.id))?,
            organization_id: stored(OrganizationId::parse(&self.organization_id))?,
            email: stored(Email::parse(&self.email).ok())?,
            code_digest: Digest::from_bytes(stored(self.code_digest.try_into().ok())?),
            created_at: time(self.created_at),
            expires_at: time(self.expires_at),
            sent: self.sent,
            sent_since: time(self.sent_since),
            processed_at: maybe_time(self.processed_at),
            user_id: self.user_id.map(|id| stored(UserId::parse(&id))).transpose()?,
        };
        Ok(InviteRow { invite, version: version(self.version) })
    }
}

/// The columns of every read.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, organization_id, email, code_digest, created_at, expires_at, sent, sent_since, \
             processed_at, user_id, version from invites where ",
            $rest
        )
    };
}

const BY_ID: &str = select!("id = $1");

impl Store {
    /// The invitation, whatever has become of it.
    pub async fn invite(&self, id: InviteId) -> Result<Option<InviteRow>, StoreError> {
        let row: Option<Row> =
            read!(self, |db| sqlx::query_as(BY_ID).bind(id.to_string()).fetch_optional(db))?;
        row.map(Row::into_record).transpose()
    }

    /// The organization's invitations that nobody has accepted yet, oldest first.
    pub async fn invites_of(
        &self,
        organization: &OrganizationId,
        slice: &Slice,
    ) -> Result<Vec<InviteRow>, StoreError> {
        let rows: Vec<Row> = read!(self, |db| {
            sqlx::query_as(select!(
                "organization_id = $1 and processed_at is null \
                 and (created_at > $2 or (created_at = $2 and id > $3)) order by created_at, id limit $4"
            ))
            .bind(organization.as_str())
            .bind(slice.after_micros())
            .bind(slice.after_id())
            .bind(slice.limit)
            .fetch_all(db)
        })?;
        all(rows, Row::into_record)
    }
}

impl Store {
    /// The address of the open invitation whose code in force this is.
    pub async fn email_of_code(&self, digest: &Digest) -> Result<Option<Email>, StoreError> {
        let found: Option<String> = read!(self, |db| {
            sqlx::query_scalar("select email from invites where code_digest = $1 and processed_at is null")
                .bind(digest.as_bytes().as_slice())
                .fetch_optional(db)
        })?;
        found.map(|email| stored(Email::parse(&email).ok())).transpose()
    }
}

impl Tx {
    /// The invitation as this transaction sees it.
    pub async fn invite(&mut self, id: InviteId) -> Result<Option<InviteRow>, StoreError> {
        let row: Option<Row> =
            write!(self, |conn| sqlx::query_as(BY_ID).bind(id.to_string()).fetch_optional(conn))?;
        row.map(Row::into_record).transpose()
    }

    /// The invitation whose code in force this is.
    pub async fn invite_of_code(&mut self, digest: &Digest) -> Result<Option<InviteRow>, StoreError> {
        let row: Option<Row> = write!(self, |conn| sqlx::query_as(select!("code_digest = $1"))
            .bind(digest.as_bytes().as_slice())
            .fetch_optional(conn))?;
        row.map(Row::into_record).transpose()
    }

    /// The invitation of this address that nobody has accepted yet.
    pub async fn open_invite(
        &mut self,
        organization: &OrganizationId,
        email: &Email,
    ) -> Result<Option<InviteRow>, StoreError> {
        let row: Option<Row> = write!(self, |conn| sqlx::query_as(select!(
            "organization_id = $1 and email_lower = $2 and processed_at is null"
        ))
        .bind(organization.as_str())
        .bind(email.lower())
        .fetch_optional(conn))?;
        row.map(Row::into_record).transpose()
    }

    /// Adds an invitation.
    pub async fn insert_invite(&mut self, invite: &Invite) -> Result<(), StoreError> {
        let version = self.version().0;
        execute!(self, sqlx::query(
            "insert into invites (id, organization_id, email, email_lower, code_digest, created_at, expires_at, \
             sent, sent_since, version) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        )
        .bind(invite.id.to_string())
        .bind(invite.organization_id.as_str())
        .bind(invite.email.as_str())
        .bind(invite.email.lower())
        .bind(invite.code_digest.as_bytes().as_slice())
        .bind(invite.created_at.micros())
        .bind(invite.expires_at.micros())
        .bind(invite.sent)
        .bind(invite.sent_since.micros())
        .bind(version))?;
        Ok(())
    }

    /// Writes everything that can change of an invitation.
    pub async fn update_invite(&mut self, invite: &Invite) -> Result<(), StoreError> {
        let version = self.version().0;
        execute!(self, sqlx::query(
            "update invites set code_digest = $2, expires_at = $3, sent = $4, sent_since = $5, processed_at = $6, \
             user_id = $7, version = $8 where id = $1"
        )
        .bind(invite.id.to_string())
        .bind(invite.code_digest.as_bytes().as_slice())
        .bind(invite.expires_at.micros())
        .bind(invite.sent)
        .bind(invite.sent_since.micros())
        .bind(invite.processed_at.map(Timestamp::micros))
        .bind(invite.user_id.map(|id| id.to_string()))
        .bind(version))?;
        Ok(())
    }

    /// Forgets an invitation.
    pub async fn delete_invite(&mut self, id: InviteId) -> Result<(), StoreError> {
        execute!(self, sqlx::query("delete from invites where id = $1").bind(id.to_string()))?;
        Ok(())
    }
}
