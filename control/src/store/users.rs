//! The people of an organization.

use super::rows::{Slice, all, stored, time, version};
use super::{Store, StoreError, Tx, execute, read, write};
use domain::{Digest, Email, Name, OrganizationId, Timestamp, UserId, Version};

/// A person in one organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The person's id here.
    pub id: UserId,
    /// The only organization of this user.
    pub organization_id: OrganizationId,
    /// The address, as it was written in the invitation.
    pub email: Email,
    /// What the person wants to be called.
    pub name: Option<Name>,
    /// Since when.
    pub created_at: Timestamp,
    /// What their password is recognised by; who has none cannot sign in.
    pub password: Option<Digest>,
    /// Whether they may also do what only the operator may.
    pub operator: bool,
}

/// A user and the change that last touched it.
#[derive(Debug, Clone)]
pub struct UserRow {
    /// The record.
    pub user: User,
    /// Its version.
    pub version: Version,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    organization_id: String,
    email: String,
    name: Option<String>,
    created_at: i64,
    password: Option<Vec<u8>>,
    operator: bool,
    version: i64,
}

impl Row {
    fn into_record(self) -> Result<UserRow, StoreError> {
        let name = self.name.map(|name| stored(Name::parse(&name, Name::KEY_CHARS_MAX).ok())).transpose()?;
        let user = User {
            id: stored(UserId::parse(&self.id))?,
            organization_id: stored(OrganizationId::parse(&self.organization_id))?,
            email: stored(Email::parse(&self.email).ok())?,
            name,
            created_at: time(self.created_at),
            password: self
                .password
                .map(|bytes| stored(bytes.try_into().ok()).map(Digest::from_bytes))
                .transpose()?,
            operator: self.operator,
        };
        Ok(UserRow { user, version: version(self.version) })
    }
}

const BY_ID: &str = "select id, organization_id, email, name, created_at, password, operator, version from users \
    where id = $1";

/// How many organizations an address is looked for in.
const SAME_EMAIL_MAX: i64 = 20;

impl Store {
    /// The user.
    pub async fn user(&self, id: UserId) -> Result<Option<UserRow>, StoreError> {
        let row: Option<Row> =
            read!(self, |db| sqlx::query_as(BY_ID).bind(id.to_string()).fetch_optional(db))?;
        row.map(Row::into_record).transpose()
    }

    /// The organization's users, oldest first; only who has this address, when one is given.
    pub async fn users_of(
        &self,
        organization: &OrganizationId,
        email: Option<&Email>,
        slice: &Slice,
    ) -> Result<Vec<UserRow>, StoreError> {
        let rows: Vec<Row> = read!(self, |db| {
            sqlx::query_as(
                "select id, organization_id, email, name, created_at, password, operator, version from users \
             where organization_id = $1 and ($2 = '' or email_lower = $2) \
             and (created_at > $3 or (created_at = $3 and id > $4)) order by created_at, id limit $5",
            )
            .bind(organization.as_str())
            .bind(email.map(Email::lower).unwrap_or_default())
            .bind(slice.after_micros())
            .bind(slice.after_id())
            .bind(slice.limit)
            .fetch_all(db)
        })?;
        all(rows, Row::into_record)
    }
}

impl Store {
    /// Everybody with this address, in whatever organization, unless that is removed; the oldest first.
    pub async fn users_with_email(&self, email: &Email) -> Result<Vec<User>, StoreError> {
        let rows: Vec<Row> = read!(self, |db| {
            sqlx::query_as(
                "select u.id, u.organization_id, u.email, u.name, u.created_at, u.password, u.operator, \
                 u.version from users u join organizations o on o.id = u.organization_id \
                 where u.email_lower = $1 and o.removed_at is null order by u.created_at, u.id limit $2",
            )
            .bind(email.lower())
            .bind(SAME_EMAIL_MAX)
            .fetch_all(db)
        })?;
        Ok(all(rows, Row::into_record)?.into_iter().map(|row| row.user).collect())
    }
}

impl Tx {
    /// Changes what the person's password is recognised by.
    pub async fn set_password(&mut self, id: UserId, password: &Digest) -> Result<(), StoreError> {
        let version = self.version().0;
        execute!(
            self,
            sqlx::query("update users set password = $2, version = $3 where id = $1")
                .bind(id.to_string())
                .bind(password.as_bytes().as_slice())
                .bind(version)
        )?;
        Ok(())
    }

    /// The user as this transaction sees it.
    pub async fn user(&mut self, id: UserId) -> Result<Option<UserRow>, StoreError> {
        let row: Option<Row> =
            write!(self, |conn| sqlx::query_as(BY_ID).bind(id.to_string()).fetch_optional(conn))?;
        row.map(Row::into_record).transpose()
    }

    /// Whether the organization has a user with this address.
    pub async fn has_user(
        &mut self,
        organization: &OrganizationId,
        email: &Email,
    ) -> Result<bool, StoreError> {
        let found: Option<i64> = write!(self, |conn| sqlx::query_scalar(
            "select created_at from users where organization_id = $1 and email_lower = $2"
        )
        .bind(organization.as_str())
        .bind(email.lower())
        .fetch_optional(conn))?;
        Ok(found.is_some())
    }

    /// How many people the organization has, with those who can still accept an invitation.
    pub async fn count_seats(
        &mut self,
        organization: &OrganizationId,
        now: Timestamp,
    ) -> Result<i64, StoreError> {
        Ok(write!(self, |conn| sqlx::query_scalar(
            "select (select count(*) from users where organization_id = $1) + (select count(*) from invites \
             where organization_id = $1 and processed_at is null and expires_at > $2)"
        )
        .bind(organization.as_str())
        .bind(now.micros())
        .fetch_one(conn))?)
    }

    /// Adds a user; an address that is there already is [`StoreError::Taken`].
    pub async fn insert_user(&mut self, user: &User) -> Result<(), StoreError> {
        let version = self.version().0;
        execute!(
            self,
            sqlx::query(
                "insert into users (id, organization_id, email, email_lower, name, created_at, password, operator, \
             version) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
            )
            .bind(user.id.to_string())
            .bind(user.organization_id.as_str())
            .bind(user.email.as_str())
            .bind(user.email.lower())
            .bind(user.name.as_ref().map(Name::as_str))
            .bind(user.created_at.micros())
            .bind(user.password.as_ref().map(|digest| digest.as_bytes().as_slice()))
            .bind(user.operator)
            .bind(version)
        )?;
        Ok(())
    }

    /// Forgets a user, with the invitation that the person came by and all sessions: the address is then nowhere left.
    pub async fn delete_user(&mut self, organization: &OrganizationId, id: UserId) -> Result<(), StoreError> {
        let id = id.to_string();
        execute!(
            self,
            sqlx::query("delete from invites where organization_id = $1 and user_id = $2")
                .bind(organization.as_str())
                .bind(&id)
        )?;
        execute!(self, sqlx::query("delete from sessions where user_id = $1").bind(&id))?;
        execute!(self, sqlx::query("delete from users where id = $1").bind(&id))?;
        Ok(())
    }
}
