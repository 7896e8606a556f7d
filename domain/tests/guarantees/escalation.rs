//! No sequence of allowed steps leads to more than one had at the start.

use crate::given::{NOW, rng};
use domain::access::{Binding, Caller, MemberRole, Operation};
use domain::{ActorId, OrganizationId, ProjectId};
use proptest::prelude::*;

/// Two projects of one organization, and everything that can be done there.
struct Place {
    projects: [ProjectId; 2],
    organization: OrganizationId,
}

impl Place {
    fn new() -> Place {
        let mut rng = rng(3);
        let project = |rng: &mut _| ProjectId::generate(NOW, rng);
        Place {
            projects: [project(&mut rng), project(&mut rng)],
            organization: OrganizationId::generate(&mut rng),
        }
    }

    fn caller(&self, bindings: &[Binding]) -> Caller {
        let organization = self.organization.clone();
        Caller {
            actor: ActorId::Operator,
            organization,
            bindings: bindings.to_vec(),
            limits: None,
            generation: None,
            operator: false,
        }
    }

    /// Every role in every place where it can hold.
    fn bindings(&self) -> Vec<Binding> {
        let places = [None, Some(self.projects[0]), Some(self.projects[1])];
        let everywhere = |role| places.map(|project| Binding { role, project });
        MemberRole::ALL.into_iter().flat_map(everywhere).filter(|binding| binding.fits()).collect()
    }

    fn operations(&self) -> Vec<Operation> {
        let of_project = |project| {
            [
                Operation::ReadProject(project),
                Operation::UpdateProject(project),
                Operation::DeleteProject(project),
                Operation::WriteKeys(project),
                Operation::ReadBindings(Some(project)),
            ]
        };
        let mut all = vec![
            Operation::ReadOrganization,
            Operation::UpdateOrganization,
            Operation::DeleteOrganization,
            Operation::ReadChanges,
            Operation::CreateProject,
            Operation::ReadMembers,
            Operation::WriteMembers,
            Operation::ReadBindings(None),
        ];
        all.extend(self.projects.into_iter().flat_map(of_project));
        all.extend(self.bindings().into_iter().map(Operation::GiveRole));
        all
    }
}

/// One attempt; numbers name principals and bindings, modulo how many there are.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// Make a service account or accept an own invitation, with two roles.
    Make(usize, usize),
    /// Give somebody a role.
    Give(usize, usize),
    /// Take one of somebody's roles away.
    Take(usize, usize),
    /// Get a new secret of an account, or a new code of an invitation: act as it from then on.
    TakeOver(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..64_usize, 0..64_usize).prop_map(|(one, two)| Step::Make(one, two)),
        (0..64_usize, 0..64_usize).prop_map(|(who, what)| Step::Give(who, what)),
        (0..64_usize, 0..64_usize).prop_map(|(who, what)| Step::Take(who, what)),
        (0..64_usize).prop_map(Step::TakeOver),
    ]
}

/// Somebody in the organization, and whether the attacker acts as them.
struct Member {
    bindings: Vec<Binding>,
    ours: bool,
}

/// Does the step as any principal that is ours and may.
fn attempt(place: &Place, members: &mut Vec<Member>, step: Step) {
    let all = place.bindings();
    let pick = |number: usize| all[number % all.len()];
    let ours: Vec<Caller> =
        members.iter().filter(|member| member.ours).map(|member| place.caller(&member.bindings)).collect();
    let any = |may: &dyn Fn(&Caller) -> bool| ours.iter().any(may);
    match step {
        Step::Make(one, two) => {
            let bindings = vec![pick(one), pick(two)];
            if any(&|caller| caller.may(Operation::WriteMembers) && caller.covers(&bindings)) {
                members.push(Member { bindings, ours: true });
            }
        }
        Step::Give(who, what) => {
            let (who, binding) = (who % members.len(), pick(what));
            if any(&|caller| caller.may(Operation::GiveRole(binding))) {
                members[who].bindings.push(binding);
            }
        }
        Step::Take(who, what) => {
            let member = &mut members[who % ours.len().max(1)];
            let Some(at) = (!member.bindings.is_empty()).then(|| what % member.bindings.len()) else {
                return;
            };
            let binding = member.bindings[at];
            if any(&|caller| caller.may(Operation::GiveRole(binding))) {
                member.bindings.remove(at);
            }
        }
        Step::TakeOver(who) => {
            let who = who % members.len();
            let bindings = members[who].bindings.clone();
            if any(&|caller| caller.may(Operation::WriteMembers) && caller.covers(&bindings)) {
                members[who].ours = true;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn whoever_one_can_make_or_take_over_may_do_nothing_that_one_may_not(
        own in prop::collection::vec(0..64_usize, 1..4),
        others in prop::collection::vec(0..64_usize, 0..6),
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let place = Place::new();
        let all = place.bindings();
        let pick = |number: usize| all[number % all.len()];
        let own: Vec<Binding> = own.into_iter().map(pick).collect();
        let before = place.caller(&own);
        let mut members = vec![Member { bindings: own, ours: true }];
        members.extend(others.into_iter().map(|number| Member { bindings: vec![pick(number)], ours: false }));

        for step in steps {
            attempt(&place, &mut members, step);
        }

        for member in members.iter().filter(|member| member.ours) {
            let after = place.caller(&member.bindings);
            for operation in place.operations() {
                prop_assert!(
                    !after.may(operation) || before.may(operation),
                    "{:?} from {:?}", operation, before.bindings
                );
            }
        }
    }
}
