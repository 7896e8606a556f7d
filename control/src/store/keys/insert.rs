//! New keys, one or many.

use super::{grant_text, json, state_columns};
use crate::store::tx::Conn;
use crate::store::{StoreError, Tx};
use domain::{Key, Timestamp};

/// What of a key is not kept as it is.
struct Texts {
    grant: String,
    networks: String,
}

impl Texts {
    fn of(key: &Key) -> Result<Texts, StoreError> {
        Ok(Texts { grant: grant_text(&key.grant)?, networks: json(&key.networks)? })
    }
}

/// Adds the rows on either connection.
macro_rules! insert_keys {
    ($database:ty, $conn:expr, $rows:expr, $version:expr) => {{
        let mut insert = sqlx::QueryBuilder::<$database>::new(
            "insert into api_keys (id, project_id, name, name_lower, digest, class, hint, grant_text, networks, \
             expires_at, disabled_at, revoked_at, revoked_by, created_at, created_by, import_id, version) ",
        );
        insert.push_values($rows, |mut row, (key, texts): (&Key, Texts)| {
            let (disabled, revoked, by) = state_columns(key.state);
            row.push_bind(key.id.to_string())
                .push_bind(key.project_id.to_string())
                .push_bind(key.name.as_str())
                .push_bind(key.name.as_str().to_lowercase())
                .push_bind(key.digest.as_bytes().as_slice())
                .push_bind(&key.class)
                .push_bind(&key.hint)
                .push_bind(texts.grant)
                .push_bind(texts.networks)
                .push_bind(key.expires_at.map(Timestamp::micros))
                .push_bind(disabled)
                .push_bind(revoked)
                .push_bind(by)
                .push_bind(key.created_at.micros())
                .push_bind(key.created_by.to_string())
                .push_bind(key.import.map(|import| import.to_string()))
                .push_bind($version);
        });
        insert.build().execute($conn).await.map(|_| ())
    }};
}

impl Tx {
    /// Adds a key; a digest that is there already is [`StoreError::Taken`].
    pub async fn insert_key(&mut self, key: &Key) -> Result<(), StoreError> {
        self.insert_keys(std::slice::from_ref(key)).await
    }

    /// Adds keys by one statement, without their roles. A digest that is there already is
    /// [`StoreError::Taken`]. There is room for a thousand: databases take some ten thousand values at once.
    pub async fn insert_keys(&mut self, keys: &[Key]) -> Result<(), StoreError> {
        let version = self.version().0;
        let rows = keys.iter().map(|key| Ok((key, Texts::of(key)?)));
        let rows: Vec<_> = rows.collect::<Result<_, StoreError>>()?;
        match &mut self.conn {
            Conn::Sqlite(conn) => insert_keys!(sqlx::Sqlite, &mut *conn, rows, version)?,
            Conn::Postgres(conn) => insert_keys!(sqlx::Postgres, &mut *conn, rows, version)?,
        }
        Ok(())
    }
}
