//! Role bindings: which role a principal has where.

use super::{StoreError, Tx, execute};
use domain::{OrganizationId, Timestamp};

/// One role of one principal on one resource.
#[derive(Debug, Clone)]
pub struct NewBinding<'a> {
    /// UUID of the binding.
    pub id: String,
    /// The organization all of it lies in.
    pub organization: &'a OrganizationId,
    /// `api_key` or `service_account`.
    pub principal_type: &'static str,
    /// The principal's id.
    pub principal_id: String,
    /// `organization` or `project`.
    pub resource_type: &'static str,
    /// The resource's id.
    pub resource_id: String,
    /// The role's name.
    pub role: &'a str,
    /// When it was given.
    pub created_at: Timestamp,
}

impl Tx {
    /// Adds a binding.
    pub async fn insert_binding(&mut self, binding: &NewBinding<'_>) -> Result<(), StoreError> {
        execute!(self, sqlx::query(
            "insert into role_bindings (id, organization_id, principal_type, principal_id, resource_type, \
             resource_id, role, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8)"
        )
        .bind(&binding.id)
        .bind(binding.organization.as_str())
        .bind(binding.principal_type)
        .bind(&binding.principal_id)
        .bind(binding.resource_type)
        .bind(&binding.resource_id)
        .bind(binding.role)
        .bind(binding.created_at.micros()))?;
        Ok(())
    }

    /// Takes all roles of a principal away.
    pub async fn delete_bindings(
        &mut self,
        principal_type: &str,
        principal_id: &str,
    ) -> Result<(), StoreError> {
        execute!(
            self,
            sqlx::query("delete from role_bindings where principal_type = $1 and principal_id = $2")
                .bind(principal_type)
                .bind(principal_id)
        )?;
        Ok(())
    }
}
