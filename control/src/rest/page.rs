//! Pages of the lists that always have some: members and their roles (`compat.md` 1.3).

use super::query::Query;
use crate::Error;
use crate::store::Slice;
use api::admin::Pagination;
use domain::{RoleBindingId, Timestamp};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// The size of a page when the request names none, and the largest.
const LIMIT: i64 = 100;

/// One page as asked for.
pub(crate) struct Page {
    limit: i64,
    after: Option<(Timestamp, String)>,
    /// What a token of this list carries: it is good for the same question only.
    question: String,
}

impl Page {
    /// Reads `limit` and `paginationToken`; `filters` are the other parameters of the list.
    pub(crate) fn read(list: &str, query: &Query, filters: &[&str]) -> Result<Page, Error> {
        Page::of_at_most(LIMIT, list, query, filters)
    }

    /// The same for a list whose pages are of another size when the request names none.
    pub(crate) fn of_at_most(most: i64, list: &str, query: &Query, filters: &[&str]) -> Result<Page, Error> {
        let limit = query.limit()?.unwrap_or(most);
        let mut question = format!("{list}\n{limit}");
        for name in filters {
            let _ = write!(question, "\n{name}={:?}", query.get(name));
        }
        let question = short_digest(&question);
        let after = query.get("paginationToken").map(|text| read_token(text, &question)).transpose()?;
        Ok(Page { limit, after, question })
    }

    /// What to read: one more than the page holds tells whether there is another page.
    pub(crate) fn slice(&self) -> Slice {
        Slice { after: self.after.clone(), limit: self.limit + 1 }
    }

    /// Cuts what was read to the page, and says where the next one begins.
    pub(crate) fn cut<R>(
        &self,
        mut rows: Vec<R>,
        place: impl Fn(&R) -> (Timestamp, String),
    ) -> (Vec<R>, Option<Pagination>) {
        let keep = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > keep;
        rows.truncate(keep);
        let next = rows.last().filter(|_| more).map(|last| {
            let (at, id) = place(last);
            Pagination { next: Some(format!("{}.{id}.{}", at.micros(), self.question)) }
        });
        (rows, next)
    }
}

fn read_token(text: &str, question: &str) -> Result<(Timestamp, String), Error> {
    let read = || {
        let mut parts = text.split('.');
        let (micros, id, asked) = (parts.next()?, parts.next()?, parts.next()?);
        // All ids of these lists have one form.
        let id = RoleBindingId::parse(id).filter(|_| parts.next().is_none() && asked == question)?;
        Some((Timestamp::from_micros(micros.parse().ok()?), id.to_string()))
    };
    read().ok_or_else(|| {
        Error::Invalid(
            "`paginationToken` is not one of this list: send it back with the same parameters and `limit`"
                .into(),
        )
    })
}

/// Long enough that two questions are not taken for one by accident. Nothing in it is secret or trusted.
fn short_digest(text: &str) -> String {
    let digest = Sha256::digest(text);
    digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}
