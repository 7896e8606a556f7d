//! What is on record of uses, changed beside the running server: floods that blind it are the data plane's own tests.

use super::{Key, Site, Tenant};
use control::store::Store;
use domain::{KeyId, OrganizationId, Unseen, UsageBatch};

impl Site {
    /// Has a call of the key gone uncounted, in an hour in which others were counted.
    pub(crate) fn miss_a_call(&self, organization: &Tenant, key: &Key) {
        let hourly = organization.get(&format!("{}/usage?interval=hour", key.path())).json();
        let start = hourly["data"][0]["start"].as_str().and_then(api::time::parse).expect("counted calls");
        let hour = domain::Timestamp::from_micros(start);
        let missed = Unseen {
            organization: OrganizationId::parse(&organization.organization),
            key: KeyId::parse(&key.id),
            hour,
            calls: 1,
        };
        let (called, last_uses) = (Vec::new(), Vec::new());
        let batch = UsageBatch { node: "test".into(), sequence: 1, called, last_uses, unseen: vec![missed] };
        let database = self.database_in_place();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let store = Store::open(&database, "never new").await.unwrap();
            assert!(store.add_usage(batch, hour).await.unwrap());
        });
    }
}
