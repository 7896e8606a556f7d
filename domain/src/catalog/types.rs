//! Resource types: the words an address is made of, and whose each of them is.

/// A resource type's place in the catalog; valid only with the [`Types`] it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeId(pub(crate) u16);

/// One `[[resource_type]]` of the catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceType {
    /// Upper-case name, unique in the catalog.
    pub name: String,
    /// The segments that follow the name, in order.
    pub segments: Vec<Segment>,
    /// How a call on this type is tied to a tenant.
    pub ownership: Ownership,
    /// The types this one may stand directly behind; it may always stand alone.
    pub within: Vec<TypeId>,
}

/// What one segment of an address may hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// Any value; the string names it in messages.
    Free(String),
    /// One of a closed set of words.
    OneOf(Vec<String>),
}

/// How Keydesk knows whose a resource is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ownership {
    /// `PROJECT/<id>`: the key's own project and no other.
    Project,
    /// `ORGANIZATION/<id>`: the key's own organization and no other.
    Organization,
    /// Registered to a project by the operator; an unregistered one is reached by nobody.
    Registered,
    /// The ask must name the organization.
    NamedInAsk,
    /// The upstream is told the organization and checks it itself.
    CheckedByUpstream,
}

/// All resource types of a catalog.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Types(Vec<ResourceType>);

impl Types {
    /// The types in catalog order. At most 1,000, with unique names: the catalog reader sees to both.
    pub(crate) fn new(types: Vec<ResourceType>) -> Types {
        Types(types)
    }

    /// The type of this name.
    pub fn named(&self, name: &str) -> Option<(TypeId, &ResourceType)> {
        let found = self.0.iter().zip(0u16..).find(|(candidate, _)| candidate.name == name);
        found.map(|(candidate, index)| (TypeId(index), candidate))
    }

    /// The type behind an id of this catalog.
    pub fn get(&self, id: TypeId) -> Option<&ResourceType> {
        self.0.get(usize::from(id.0))
    }

    /// All types in catalog order.
    pub fn iter(&self) -> impl Iterator<Item = &ResourceType> {
        self.0.iter()
    }
}
