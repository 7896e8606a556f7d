//! The operator's vocabulary as plain data, and the default one (compat 3.3 and 1.5; architecture, "Default catalog").

#[derive(Debug, Clone, Copy)]
pub struct Catalog {
    pub types: &'static [Type],
    pub apis: &'static [Api],
    pub roles: &'static [Role],
}

/// Name; segments, each `*` or words with `|` between them; the types it may stand behind; whose it is: `owned`,
/// `upstream` (tenant_checked_by_upstream) or nothing.
pub type Type = (&'static str, &'static str, &'static str, &'static str);

/// Id; a filter or, with `per_resource`, a type of one segment; `per_resource`.
pub type Api = (&'static str, &'static str, bool);

/// Name; actions and a filter, where `{project}` is the key's own, as often as needed.
pub type Role = (&'static str, &'static [(&'static [&'static str], &'static str)]);

const READ: &[&str] = &["read"];
const BOTH: &[&str] = &["read", "write"];
const CONTROL: &str = "PROJECT/{project}/CONTROL";
const DATA: &str = "PROJECT/{project}/DATA";

pub const DEFAULT: Catalog = Catalog {
    types: &[
        ("PLACE", "Site|Fleet *", "", "upstream"),
        ("THING", "* *", "PLACE", "upstream"),
        ("TRANSACTION", "CommerceInvoice|BatterySwapReservation *", "PLACE THING", "upstream"),
        ("MONITOR", "*", "PLACE THING", "upstream"),
        ("INTEGRATION", "INGRESS|EGRESS * *", "", "upstream"),
        ("SIMULATION", "*", "", "upstream"),
        ("DEFINITION", "Metric|ThingType|ThingTypeVersion *", "", "upstream"),
        ("COMMERCE", "", "", "upstream"),
        ("ORGANIZATION", "*", "", ""),
        ("TENANT", "", "", "upstream"),
        ("ENDPOINT", "*", "", "owned"),
        ("GRAPHQL", "", "", "upstream"),
        ("PROJECT", "*", "", ""),
        ("DATA", "", "PROJECT", ""),
        ("CONTROL", "", "PROJECT", ""),
    ],
    apis: &[("graphql", "GRAPHQL", false), ("ai", "ENDPOINT", true)],
    roles: &[
        ("ProjectEditor", &[(BOTH, CONTROL), (BOTH, DATA)]),
        ("ProjectViewer", &[(READ, CONTROL), (READ, DATA)]),
        ("ControlPlaneEditor", &[(BOTH, CONTROL)]),
        ("ControlPlaneViewer", &[(READ, CONTROL)]),
        ("DataPlaneEditor", &[(BOTH, DATA)]),
        ("DataPlaneViewer", &[(READ, DATA)]),
    ],
};
