//! Who may administer what, as one table that a person can read and approve.

use crate::given::{NOW, rng};
use domain::access::{Binding, Caller, Limits, MemberRole, Operation};
use domain::{Actions, ActorId, Filter, Grant, Networks, OrganizationId, ProjectId, Scope};

/// One for each row of rights: the six roles of keys are alike, as a test below says.
const ROLES: [MemberRole; 8] = [
    MemberRole::OrgOwner,
    MemberRole::OrgManager,
    MemberRole::OrgMember,
    MemberRole::OrgBillingAdmin,
    MemberRole::ProjectOwner,
    MemberRole::ProjectManager,
    MemberRole::ProjectMember,
    MemberRole::ProjectEditor,
];

/// Two projects of the caller's organization; roles in a project are roles in the first one.
struct Scene {
    own: ProjectId,
    other: ProjectId,
}

impl Scene {
    fn new() -> Scene {
        let mut rng = rng(1);
        Scene { own: ProjectId::generate(NOW, &mut rng), other: ProjectId::generate(NOW, &mut rng) }
    }

    fn caller(&self, bindings: Vec<Binding>) -> Caller {
        let organization = OrganizationId::generate(&mut rng(2));
        Caller {
            actor: ActorId::Operator,
            organization,
            bindings,
            generation: None,
            limits: None,
            operator: false,
        }
    }

    /// A key that administers, whatever else it may do.
    fn key(&self) -> Caller {
        let everything = Scope { actions: Actions::ALL, filter: Filter::everything() };
        let limits = Limits {
            grant: Grant::Scopes(vec![("*".into(), "*".into())]),
            scopes: vec![everything],
            networks: Networks::default(),
            expires_at: None,
        };
        Caller { limits: Some(limits), ..self.caller(Vec::new()) }
    }

    fn operations(&self) -> Vec<(String, Operation)> {
        let organization = [
            Operation::ReadOrganization,
            Operation::UpdateOrganization,
            Operation::DeleteOrganization,
            Operation::ReadChanges,
            Operation::CreateProject,
            Operation::ReadMembers,
            Operation::WriteMembers,
        ];
        let both = |name, operation: fn(ProjectId) -> Operation| {
            [(format!("{name} own"), operation(self.own)), (format!("{name} other"), operation(self.other))]
        };
        let of_project = [
            both("ReadProject", Operation::ReadProject),
            both("UpdateProject", Operation::UpdateProject),
            both("DeleteProject", Operation::DeleteProject),
            both("WriteKeys", Operation::WriteKeys),
            both("ReadBindings", |project| Operation::ReadBindings(Some(project))),
            both("ReadResources", Operation::ReadResources),
            both("WriteResources", Operation::WriteResources),
        ];
        organization
            .map(|operation| (format!("{operation:?}"), operation))
            .into_iter()
            .chain(of_project.into_iter().flatten())
            .chain([("ReadBindings org".into(), Operation::ReadBindings(None))])
            .chain(ROLES.into_iter().flat_map(|role| self.givings(role)))
            .collect()
    }

    /// Giving the role wherever it can hold.
    fn givings(&self, role: MemberRole) -> Vec<(String, Operation)> {
        let give = |place: &str, project| {
            (format!("Give {}{place}", role.name()), Operation::GiveRole(Binding { role, project }))
        };
        if role.is_of_projects() {
            vec![give(" own", Some(self.own)), give(" other", Some(self.other))]
        } else {
            vec![give("", None)]
        }
    }

    /// The role where it belongs: in the organization or in the own project.
    fn binding(&self, role: MemberRole) -> Binding {
        Binding { role, project: role.is_of_projects().then_some(self.own) }
    }

    fn matrix(&self) -> String {
        let mut text = format!("{:<26}", "");
        for role in ROLES {
            text += &format!("{:<16}", role.name());
        }
        text += "admin key";
        for (name, operation) in self.operations() {
            text.truncate(text.trim_end_matches(' ').len());
            text += &format!("\n{name:<26}");
            for role in ROLES {
                let may = self.caller(vec![self.binding(role)]).may(operation);
                text += &format!("{:<16}", if may { "yes" } else { "-" });
            }
            text += if self.key().may(operation) { "yes" } else { "-" };
        }
        format!("{}\n", text.trim_end())
    }
}

/// When a rule was changed on purpose, copy the text that this test prints into the file.
#[test]
fn each_role_may_do_what_the_committed_matrix_says() {
    let found = Scene::new().matrix();
    let committed = include_str!("../access-matrix.txt");
    assert!(found == committed, "domain/tests/access-matrix.txt should read:\n{found}");
}

#[test]
fn a_role_bound_where_it_does_not_belong_allows_nothing() {
    let scene = Scene::new();
    for role in ROLES {
        let elsewhere = scene.binding(role).project.is_none().then_some(scene.own);
        let caller = scene.caller(vec![Binding { role, project: elsewhere }]);
        for (name, operation) in scene.operations() {
            assert!(!caller.may(operation), "{role:?} {name}");
        }
    }
}

#[test]
fn a_role_adds_nothing_to_what_a_key_may_do() {
    let scene = Scene::new();
    let owner = Caller { bindings: vec![scene.binding(MemberRole::OrgOwner)], ..scene.key() };
    for (name, operation) in scene.operations() {
        assert_eq!(owner.may(operation), scene.key().may(operation), "{name}");
    }
}

#[test]
fn several_roles_may_do_what_any_of_them_may() {
    let scene = Scene::new();
    let bindings = [
        Binding { role: MemberRole::ProjectMember, project: Some(scene.own) },
        Binding { role: MemberRole::ProjectManager, project: Some(scene.other) },
        Binding { role: MemberRole::OrgBillingAdmin, project: None },
    ];
    for (name, operation) in scene.operations() {
        let any = bindings.iter().any(|binding| scene.caller(vec![*binding]).may(operation));
        assert_eq!(scene.caller(bindings.to_vec()).may(operation), any, "{name}");
    }
}

#[test]
fn without_a_role_nothing_may_be_done() {
    let scene = Scene::new();
    for (name, operation) in scene.operations() {
        assert!(!scene.caller(Vec::new()).may(operation), "{name}");
    }
}

/// A role may only be given by whom it would allow nothing new; whatever is given on, rights never grow.
#[test]
fn whoever_may_give_a_role_may_do_all_that_it_allows() {
    let scene = Scene::new();
    for role in ROLES {
        let giver = scene.caller(vec![scene.binding(role)]);
        for given in MemberRole::ALL {
            for project in [None, Some(scene.own), Some(scene.other)] {
                let binding = Binding { role: given, project };
                if !giver.may(Operation::GiveRole(binding)) {
                    continue;
                }
                assert!(binding.fits(), "{role:?} gives {binding:?}");
                let taker = scene.caller(vec![binding]);
                for (name, operation) in scene.operations() {
                    let more = taker.may(operation) && !giver.may(operation);
                    assert!(!more, "{role:?} gives {binding:?}, and with it {name}");
                }
            }
        }
    }
}

#[test]
fn the_six_roles_of_keys_administer_alike() {
    let scene = Scene::new();
    let of_keys: Vec<MemberRole> = MemberRole::ALL.into_iter().filter(|role| role.is_of_keys()).collect();
    assert_eq!(of_keys.len(), 6);
    for (name, operation) in scene.operations() {
        let may = |role: MemberRole| scene.caller(vec![scene.binding(role)]).may(operation);
        assert!(of_keys.iter().all(|role| may(*role) == may(MemberRole::ProjectEditor)), "{name}");
    }
}

#[test]
fn a_principal_is_covered_by_whom_all_its_roles_are_to_give() {
    let scene = Scene::new();
    let manager = scene.caller(vec![scene.binding(MemberRole::OrgManager)]);
    let member = scene.binding(MemberRole::OrgMember);
    assert!(manager.covers(&[member, scene.binding(MemberRole::ProjectOwner)]));
    assert!(!manager.covers(&[member, scene.binding(MemberRole::OrgOwner)]));
    assert!(manager.covers(&[]));
    let project_owner = scene.caller(vec![scene.binding(MemberRole::ProjectOwner)]);
    assert!(!project_owner.covers(&[member]));
}

#[test]
fn the_operators_credential_registers_resources_everywhere_and_does_nothing_else_by_itself() {
    let scene = Scene::new();
    let operator = Caller { operator: true, ..scene.caller(Vec::new()) };
    for (name, operation) in scene.operations() {
        let of_operator = matches!(operation, Operation::ReadResources(_) | Operation::WriteResources(_));
        assert_eq!(operator.may(operation), of_operator, "{name}");
    }
}

#[test]
fn a_role_is_read_by_its_exact_name() {
    for role in MemberRole::ALL {
        assert_eq!(MemberRole::parse(role.name()), Some(role));
    }
    for text in ["", "orgowner", "OrgOwner ", "Project Editor", "Owner"] {
        assert_eq!(MemberRole::parse(text), None, "{text}");
    }
}
